import { hashMatrix } from "../adapter/hash-matrix.js";
import { loadAdapter } from "../adapter/load.js";
import { hashModel } from "../checkpoint/hash-model.js";
import type { ModelFiles } from "../files/model-files.js";
import { openTowerCheckpoint } from "../model/gguf/open-mmproj.js";
import { openLlm, type LlmFolder } from "../model/llm/llm-folder.js";
import type { ProjectorWeights } from "../model/projector/projector-graph.js";
import { needsLineBreak, withoutBreaks, type ImageScheme } from "../image/image-scheme.js";
import { projectorWeights } from "../runtime/parts/projector-weights.js";
import type { PromptFormatOptions } from "../prompt/prompt-format.js";
import { visionSettings } from "../runtime/parts/vision-settings.js";
import type { VisionOptions } from "../runtime/parts/vision-tower.js";
import { describeChangedRows } from "../adapter/changed-rows.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { vectorScale } from "../adapter/vector-scale.js";

/** Where the parts of a vision-language model lie, and how they go together; nothing is loaded yet. */
export interface ModelSource {
  /** The name of the model in answer files. */
  readonly name: string;
  /** The LLM's config and weights. */
  readonly llm: string | LlmFolder;
  /** Tokenizer and chat template. */
  readonly tokenizer: ModelFiles;
  readonly prompt: Pick<PromptFormatOptions, "llava" | "ownTemplate">;
  /** Folder of the vision tower's config and image processor. */
  readonly vision: string;
  readonly visionOptions: VisionOptions;
  readonly projector: ProjectorWeights;
  readonly imageScheme: ImageScheme;
  /** The learned vector behind each row of patches, (hiddenSize), where the model has one. */
  readonly imageNewline?: CheckpointTensor | undefined;
  /** `mm_use_im_start_end` of a LLaVA config.json, as it stands there. */
  readonly imageStartEnd?: unknown;
  /** Transformers' models have a token for images, LLaVA's have none. */
  readonly imageToken?: number | undefined;
  /** Hashes of everything above, by name. */
  readonly identity: Readonly<Record<string, string>>;
  /** What may be wrong although the model runs, one line each. */
  readonly warnings?: readonly string[];
}

/** Three folders that make a model. */
export interface AdapterModel {
  readonly adapter: string;
  readonly llm: string;
  readonly vision: string;
  /** File with the adapter's vocabulary matrix, for adapters that came without it. */
  readonly matrixFile?: string | undefined;
  /** The LLM that `llm`, a LoRA, changes. */
  readonly baseLlm?: string | undefined;
}

/**
 * An adapter in front of an LLM as it is.
 *
 * @throws InputError when a part is missing or not supported
 */
export async function openAdapterModel({ vision, ...options }: AdapterModel): Promise<ModelSource> {
  const adapter = await loadAdapter(options.adapter, { matrixFile: options.matrixFile });
  const llm = await openLlm(options.llm, { base: options.baseLlm });
  const { scale, warnings } = vectorScale(adapter, llm);
  const changed = await describeChangedRows(adapter, llm);
  const settings = visionSettings(adapter);
  const hasBreak = adapter.imageNewline !== undefined || !needsLineBreak(settings.imageScheme);
  return {
    name: `${adapter.name}+${llm.name}`,
    llm,
    tokenizer: llm.files,
    prompt: {},
    vision,
    projector: projectorWeights(adapter, scale),
    ...settings,
    imageScheme: hasBreak ? settings.imageScheme : withoutBreaks(settings.imageScheme),
    imageNewline: adapter.imageNewline,
    identity: {
      adapter: await hashModel(adapter.checkpoint),
      ...(await hashMatrix(adapter)),
      llm: await hashModel(llm.checkpoint),
      vision: await hashModel(await openTowerCheckpoint(vision)),
    },
    warnings: [...warnings, ...(changed === undefined ? [] : [changed]), ...(hasBreak ? [] : [noBreak(adapter.path)])],
  };
}

const noBreak = (path: string): string =>
  `${path}: sees pictures in tiles and holds no image_newline, which a transfer leaves out; rows of patches follow one another without it`;
