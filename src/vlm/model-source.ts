import { hashMatrix } from "../adapter/hash-matrix.js";
import { openAdapterFeatures } from "../adapter/adapter-features.js";
import { loadAdapter } from "../adapter/load.js";
import { hashFeatureFile, type FeatureFile } from "../checkpoint/feature-file.js";
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

/** Where the parts of a model lie that is given features, and how they go together; nothing is loaded yet. */
export interface FeatureModelSource {
  /** The name of the model in answer files. */
  readonly name: string;
  /** The LLM's config and weights. */
  readonly llm: string | LlmFolder;
  /** Tokenizer and chat template. */
  readonly tokenizer: ModelFiles;
  readonly prompt: Pick<PromptFormatOptions, "llava" | "ownTemplate">;
  readonly projector: ProjectorWeights;
  /** `mm_use_im_start_end` of a LLaVA config.json, as it stands there. */
  readonly imageStartEnd?: unknown;
  /** Transformers' models have a token for images, LLaVA's have none. */
  readonly imageToken?: number | undefined;
  /** Hashes of everything above, by name. */
  readonly identity: Readonly<Record<string, string>>;
  /** What may be wrong although the model runs, one line each. */
  readonly warnings?: readonly string[];
}

/** The same with what sees pictures. */
export interface ModelSource extends FeatureModelSource {
  /** Folder of the vision tower's config and image processor. */
  readonly vision: string;
  readonly visionOptions: VisionOptions;
  readonly imageScheme: ImageScheme;
  /** The learned vector behind each row of patches, (hiddenSize), where the model has one. */
  readonly imageNewline?: CheckpointTensor | undefined;
}

/** Two folders that make a model which is given features. */
interface AdapterParts {
  readonly adapter: string;
  readonly llm: string;
  /** File with the adapter's vocabulary matrix, for adapters that came without it. */
  readonly matrixFile?: string | undefined;
  /** The LLM that `llm`, a LoRA, changes. */
  readonly baseLlm?: string | undefined;
}

/** Three folders that make a model. */
export interface AdapterModel extends AdapterParts {
  readonly vision: string;
}

/** Two folders and the features that the adapter is given. */
export interface FeatureModel extends AdapterParts {
  /** A .safetensors or .npy file of features; see `openFeatureFile`. */
  readonly features: string;
}

/**
 * An adapter in front of an LLM as it is.
 *
 * @throws InputError when a part is missing or not supported
 */
export async function openAdapterModel({ vision, ...options }: AdapterModel): Promise<ModelSource> {
  const { adapter, source } = await openParts(options);
  const settings = visionSettings(adapter);
  const hasBreak = adapter.imageNewline !== undefined || !needsLineBreak(settings.imageScheme);
  return {
    ...source,
    vision,
    ...settings,
    imageScheme: hasBreak ? settings.imageScheme : withoutBreaks(settings.imageScheme),
    imageNewline: adapter.imageNewline,
    identity: { ...source.identity, vision: await hashModel(await openTowerCheckpoint(vision)) },
    warnings: [...source.warnings, ...(hasBreak ? [] : [noBreak(adapter.path)])],
  };
}

/**
 * An adapter between features that were made elsewhere and an LLM as it is.
 *
 * @throws InputError when a part is missing or not supported, and for features of another width
 */
export async function openFeatureModel({
  features,
  ...options
}: FeatureModel): Promise<FeatureModelSource & { readonly features: FeatureFile }> {
  const { adapter, source } = await openParts(options);
  const file = await openAdapterFeatures(features, adapter);
  const { mm_use_im_start_end: imageStartEnd } = adapter.config;
  return {
    ...source,
    imageStartEnd,
    features: file,
    identity: { ...source.identity, features: await hashFeatureFile(features) },
  };
}

async function openParts(options: AdapterParts) {
  const adapter = await loadAdapter(options.adapter, { matrixFile: options.matrixFile });
  const llm = await openLlm(options.llm, { base: options.baseLlm });
  const { scale, warnings } = vectorScale(adapter, llm);
  const changed = await describeChangedRows(adapter, llm);
  const source = {
    name: `${adapter.name}+${llm.name}`,
    llm,
    tokenizer: llm.files,
    prompt: {},
    projector: projectorWeights(adapter, scale),
    identity: {
      adapter: await hashModel(adapter.checkpoint),
      ...(await hashMatrix(adapter)),
      llm: await hashModel(llm.checkpoint),
    },
    warnings: [...warnings, ...(changed === undefined ? [] : [changed])],
  };
  return { adapter, source };
}

const noBreak = (path: string): string =>
  `${path}: sees pictures in tiles and holds no image_newline, which a transfer leaves out; rows of patches follow one another without it`;
