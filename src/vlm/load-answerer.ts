import { openLlm } from "../model/llm/llm-folder.js";
import { describeOwnHead } from "../model/llm/own-head.js";
import { loadImageProcessor } from "../model/vision/image-processors.js";
import { requireSameSize } from "../image/image-processor.js";
import type { PixelValues } from "../image/preprocess.js";
import { loadModel, type ExecutionOptions } from "../runtime/parts/load-model.js";
import { loadPromptFormat } from "../prompt/prompt-format.js";
import { imageMarking } from "../prompt/question.js";
import { VisionTower } from "../runtime/parts/vision-tower.js";
import { loadEncoder } from "../tokenizer/encoder.js";
import type { Answerer } from "./answerer.js";
import { openTunedModel, type TunedModel } from "./llava-source.js";
import { modelAnswerer } from "./model-answerer.js";
import { openAdapterModel, type AdapterModel } from "./model-source.js";

/** The folders of a model, its conversation, and the device that it runs on. */
export interface LoadAnswererOptions extends ExecutionOptions {
  readonly model: AdapterModel | TunedModel;
  /** Name of a LLaVA conversation; else the folder's own, or the tokenizer's chat template. */
  readonly conversation?: string | undefined;
}

/** A loaded model that answers, until it is disposed of. */
export interface LoadedAnswerer {
  readonly answerer: Answerer<PixelValues>;
  /** What may be wrong although the model runs, one line each, as when the LLM is not the one that the adapter was made for. */
  readonly warnings: readonly string[];
  dispose(): Promise<void>;
}

/**
 * Loads a model.
 *
 * @throws InputError when its parts do not fit one another
 * @throws UnavailableError when the device is missing
 */
export async function loadAnswerer({ model, conversation, ...options }: LoadAnswererOptions): Promise<LoadedAnswerer> {
  const source = "adapter" in model ? await openAdapterModel(model) : await openTunedModel(model);
  const { vision, visionOptions, projector, imageAspectRatio, imageToken } = source;
  const llm = await openLlm(source.llm);
  const [encoder, promptFormat, imageProcessor] = await Promise.all([
    loadEncoder(source.tokenizer),
    loadPromptFormat({ folder: source.tokenizer, conversation, ...source.prompt }),
    loadImageProcessor(vision),
  ]);
  requireSameSize(imageProcessor, (await VisionTower.spec(vision)).imageSize, vision);
  const marking = imageMarking(source.imageStartEnd, encoder.vocabulary, source.name);
  const loaded = await loadModel({ llm, vision, adapter: projector, visionOptions, ...options });
  const [languageModel, tower, adapter] = [loaded.llm!, loaded.vision!, loaded.adapter!];
  const answerer = modelAnswerer(
    {
      ...{ llm: languageModel, vision: tower, adapter, encoder, promptFormat },
      ...{ imageProcessor, imageAspectRatio, imageMarking: marking, imageToken },
    },
    {
      name: source.name,
      identity: { ...source.identity, device: options.device ?? "cpu", dtype: languageModel.info.precision },
    },
  );
  const warnings = [
    ...(source.warnings ?? []),
    await describeOwnHead(llm),
    ...languageModel.info.generation.notFollowed,
  ].filter((line) => line !== undefined);
  return { answerer, warnings, dispose: () => loaded.dispose() };
}
