import { basename } from "node:path";
import { loadAdapter, type Adapter } from "../adapter/load.js";
import { openCheckpoint } from "../checkpoint/checkpoint.js";
import { InputError } from "../errors.js";
import type { ProjectorWeights } from "../model/projector.js";
import { loadImageProcessor } from "../runtime/image/image-processor.js";
import { parseImageAspectRatio, type PixelValues } from "../runtime/image/preprocess.js";
import { loadModel } from "../runtime/load-model.js";
import { loadPromptFormat } from "../runtime/prompt/prompt-format.js";
import { loadEncoder } from "../vocabulary/encoder.js";
import type { Answerer } from "./answerer.js";
import { modelAnswerer } from "./model-answerer.js";
import { hashModel } from "./model-identity.js";

/** The folders of a model and how to run it. */
export interface LoadAnswererOptions {
  readonly adapter: string;
  readonly llm: string;
  readonly vision: string;
  /** File with the adapter's vocabulary matrix, for adapters that came without it. */
  readonly matrixFile?: string | undefined;
  /** Name of a LLaVA conversation; the tokenizer's chat template when absent. */
  readonly conversation?: string | undefined;
  readonly device?: string | undefined;
  readonly dtype?: string | undefined;
  readonly threads?: number | undefined;
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/** A loaded model that answers, until it is disposed of. */
export interface LoadedAnswerer {
  readonly answerer: Answerer<PixelValues>;
  dispose(): Promise<void>;
}

/**
 * Loads an adapter, an LLM and a vision tower as one model. Throws InputError when they do not fit one another and
 * UnavailableError when the device is missing.
 */
export async function loadAnswerer(options: LoadAnswererOptions): Promise<LoadedAnswerer> {
  const { llm, vision, device = "cpu", dtype, threads, cacheFolder, signal } = options;
  const adapter = await loadAdapter(options.adapter, { matrixFile: options.matrixFile });
  const [encoder, promptFormat, imageProcessor] = await Promise.all([
    loadEncoder(llm),
    loadPromptFormat({ folder: llm, conversation: options.conversation }),
    loadImageProcessor(vision),
  ]);
  const identity = {
    adapter: await hashModel(adapter.checkpoint),
    "vocabulary matrix": options.matrixFile === undefined ? "the adapter's own" : basename(options.matrixFile),
    llm: await hashModel(await openCheckpoint(llm)),
    vision: await hashModel(await openCheckpoint(vision)),
  };
  const model = await loadModel({
    llm,
    vision,
    adapter: projectorWeights(adapter),
    visionOptions: {
      selectLayer: adapter.config.mm_vision_select_layer,
      selectFeature: selectFeature(adapter),
    },
    device,
    dtype,
    threads,
    cacheFolder,
    signal,
  });
  const precision = model.llm!.info.precision;
  const answerer = modelAnswerer(
    {
      llm: model.llm!,
      vision: model.vision!,
      adapter: model.adapter!,
      encoder,
      promptFormat,
      imageProcessor,
      imageAspectRatio: parseImageAspectRatio(adapter.config.image_aspect_ratio, adapter.path),
    },
    { name: `${adapter.name}+${basename(llm)}`, identity: { ...identity, device, dtype: precision } },
  );
  return { answerer, dispose: () => model.dispose() };
}

function projectorWeights({ projector, matrix, path }: Adapter): ProjectorWeights {
  if (projector.kind === "mlp2x_gelu") {
    return { kind: "mlp2x_gelu", layers: [projector.layers[0], projector.layers[2]] };
  }
  if (matrix === undefined) {
    throw new InputError(`${path}: has no vocabulary matrix; --vocab-matrix FILE gives the one it was trained with`);
  }
  const { layers } = projector;
  return { kind: "mm_vocab", layers: [layers[0], layers[2], layers[3]], vocabMatrix: matrix.tensor };
}

function selectFeature({ config, path }: Adapter): "patch" | "cls_patch" | undefined {
  const feature = config.mm_vision_select_feature;
  if (feature === undefined || feature === "patch" || feature === "cls_patch") return feature;
  throw new InputError(`${path}: config.json says mm_vision_select_feature "${feature}", expected patch or cls_patch`);
}
