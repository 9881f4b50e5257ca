import type { PictureViews } from "../image/picture-views.js";
import type { Answerer } from "./answerer.js";
import { modelAnswerer } from "./model-answerer.js";
import { openChatModel, type OpenChatModelOptions } from "./open-chat-model.js";

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
