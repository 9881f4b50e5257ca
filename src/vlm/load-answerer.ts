import type { PictureViews } from "../image/picture-views.js";
import type { Answerer } from "./answerer.js";
import { featureAnswerer, modelAnswerer } from "./model-answerer.js";
import {
  openChatModel,
  openFeatureChat,
  type OpenChatModelOptions,
  type OpenFeatureChatOptions,
} from "./open-chat-model.js";

/** A model by its folders, how to speak to it, and where it runs. */
export type LoadAnswererOptions = OpenChatModelOptions;

/** A loaded model that answers the questions of benchmarks, until it is disposed of. */
export interface LoadedAnswerer<Decoded = PictureViews> {
  readonly answerer: Answerer<Decoded>;
  /** What may be wrong though the model runs, one line each: the LLM is not the one that the adapter was made for. */
  readonly warnings: readonly string[];
  dispose(): Promise<void>;
}

/**
 * Loads a model.
 *
 * @throws InputError when its parts do not fit one another
 * @throws UnavailableError when the device is missing
 */
export async function loadAnswerer(options: LoadAnswererOptions): Promise<LoadedAnswerer> {
  const model = await openChatModel(options);
  const answerer = modelAnswerer(model.chat, { name: model.name, identity: model.identity });
  return { answerer, warnings: model.warnings, dispose: () => model.dispose() };
}

/**
 * Loads an adapter and its LLM, to answer questions about the items of a file of features. A blind run shows zeros, as many as the first item
 * has.
 *
 * @throws what `openFeatureChat` throws
 */
export async function loadFeatureAnswerer(options: OpenFeatureChatOptions): Promise<LoadedAnswerer<Float32Array>> {
  const model = await openFeatureChat(options);
  const { chat, name, identity, features, warnings } = model;
  const { vectors } = features.entries.values().next().value!;
  const blank = new Float32Array(vectors * features.width);
  return { answerer: featureAnswerer(chat, { name, identity, blank }), warnings, dispose: () => model.dispose() };
}
