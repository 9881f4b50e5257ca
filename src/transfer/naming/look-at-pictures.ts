import { join } from "node:path";
import type { Adapter } from "../../adapter/load.js";
import { throwIfAborted } from "../../errors.js";
import { openPicture } from "../../image/picture-views.js";
import { openTowerFiles } from "../../model/gguf/open-mmproj.js";
import { loadImageProcessor } from "../../model/vision/image-processors.js";
import type { Progress } from "../../progress.js";
import type { Model } from "../../runtime/parts/load-model.js";
import { visionSettings } from "../../runtime/parts/vision-settings.js";
import { concatRows } from "../../tensor/float-arrays.js";
import { evenSample } from "../../tensor/even-sample.js";
import { pictureFiles } from "./picture-files.js";

/** A picture as the tower and the source's adapter see it. */
export interface SeenPicture {
  readonly file: string;
  /** (patches, features). */
  readonly features: Float32Array;
  /** (patches, hidden size of the source LLM), scaled as that takes its input. */
  readonly vectors: Float32Array;
}

export interface LookOptions {
  readonly adapter: Adapter;
  /** Folders of the pictures and of the tower. */
  readonly images: string;
  readonly vision: string;
  /** Pictures looked at, at most, spread evenly over the folder. */
  readonly most: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/** Features and vectors held in memory, in bytes: some 250 pictures of 576 patches in the sizes of a 7B LLM. */
const MOST_BYTES = 3 * 2 ** 30;

/** Looks at the pictures of a folder with a model that holds the tower and the source's adapter; as many as memory may hold. */
export async function lookAtPictures(model: Model, options: LookOptions): Promise<SeenPicture[]> {
  const { adapter, images, vision, most, signal, onProgress } = options;
  const { imageScheme: scheme } = visionSettings(adapter);
  const processor = await loadImageProcessor(await openTowerFiles(vision));
  const files = evenSample(await pictureFiles(images), most);
  const seen: SeenPicture[] = [];
  let bytes = 0;
  for (const file of files) {
    throwIfAborted(signal);
    onProgress?.({ stage: "looking at pictures", done: seen.length, total: files.length, unit: "images" });
    const { views } = await openPicture(join(images, file), { processor, scheme, tower: model.vision!.info });
    const ofViews: Float32Array[] = [];
    for (const { data } of views) ofViews.push(await model.vision!.features(data, { signal }));
    const features = concatRows(...ofViews);
    const { embeddings: vectors } = await model.adapter!.project(features, { signal });
    seen.push({ file, features, vectors });
    bytes += features.byteLength + vectors.byteLength;
    if (bytes > MOST_BYTES) break;
  }
  return seen;
}
