import { throwIfAborted } from "../../errors.js";
import type { Progress } from "../../progress.js";
import type { Model } from "../../runtime/parts/load-model.js";
import { concatRows } from "../../tensor/float-arrays.js";
import { evenSample } from "../../tensor/even-sample.js";
import type { OpenExamples } from "./seen-examples.js";

/** A picture, or an entry of a file of features, as the source's adapter sees it. */
export interface SeenPicture {
  /** Its file, or the name of the entry. */
  readonly file: string;
  /** (patches, features). */
  readonly features: Float32Array;
  /** (patches, hidden size of the source LLM), scaled as that takes its input. */
  readonly vectors: Float32Array;
}

export interface LookOptions {
  readonly examples: OpenExamples;
  /** Pictures looked at, at most, spread evenly over the folder. */
  readonly most: number;
  /** Look at one view of each picture, the whole or one of its tiles in turn, so that its vectors lie on one grid. */
  readonly oneView?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/** Features and vectors held in memory, in bytes: some 250 pictures of 576 patches in the sizes of a 7B LLM. */
const MOST_BYTES = 3 * 2 ** 30;

/** Looks at examples with a model that holds their tower, where they have one, and the source's adapter; as many as memory may hold. */
export async function lookAtPictures(model: Model, options: LookOptions): Promise<SeenPicture[]> {
  const { examples, most, oneView = false, signal, onProgress } = options;
  const files = evenSample(examples.names, most);
  const seen: SeenPicture[] = [];
  let bytes = 0;
  for (const file of files) {
    throwIfAborted(signal);
    onProgress?.({ stage: "looking at pictures", done: seen.length, total: files.length, unit: "images" });
    const ofViews: Float32Array[] = [];
    for await (const view of examples.features(model, file, signal, oneView ? seen.length : undefined)) {
      ofViews.push(view);
    }
    const features = concatRows(...ofViews);
    const { embeddings: vectors } = await model.adapter!.project(features, { signal });
    seen.push({ file, features, vectors });
    bytes += features.byteLength + vectors.byteLength;
    if (bytes > MOST_BYTES) break;
  }
  return seen;
}
