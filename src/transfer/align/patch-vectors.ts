import type { ExampleImages } from "./method.js";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEmbeddings } from "../../adapter/row-embeddings.js";
import { openTowerFiles } from "../../model/gguf/open-mmproj.js";
import { loadImageProcessor } from "../../model/vision/image-processors.js";
import { openPicture } from "../../image/picture-views.js";
import { loadModel } from "../../runtime/parts/load-model.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import { visionSettings } from "../../runtime/parts/vision-settings.js";
import { evenSample } from "../../tensor/even-sample.js";
import { pictureFiles } from "../naming/picture-files.js";
import type { TransferSource } from "../rows/source.js";

/** How many pictures are used, evenly spread over the folder, and how many vectors of all of them are kept. */
const MAX_IMAGES = 64;
const MAX_VECTORS = 512;

/** Vectors that the source's projector makes of pictures, in the space of its own LLM: (at most 512, source hidden size). */
export async function patchVectors(
  { adapter, embeddings }: TransferSource,
  { images, vision }: ExampleImages,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Float32Array> {
  const files = evenSample(await pictureFiles(images), MAX_IMAGES);
  const { visionOptions, imageScheme: scheme } = visionSettings(adapter);
  const processor = await loadImageProcessor(await openTowerFiles(vision));
  const matrix = {
    ...embeddings!,
    rows: embeddings!.rows.length,
    tensor: await readEmbeddings(embeddings!, { signal }),
  };
  const model = await loadModel({
    ...{ vision, visionOptions, signal },
    adapter: projectorWeights({ ...adapter, matrix, decoding: undefined }),
    // Folding pays only for many pictures, so the projector runs as it is and nothing is cached.
    adapterOptions: { fold: false },
    cacheFolder: tmpdir(),
  });
  try {
    const rows: Float32Array[] = [];
    for (const file of files) {
      const { views } = await openPicture(join(images, file), { processor, scheme, tower: model.vision!.info });
      for (const { data } of views) {
        const projected = await model.adapter!.project(await model.vision!.features(data, { signal }), { signal });
        rows.push(...rowsOf(projected.embeddings, matrix.hiddenSize));
      }
    }
    return joined(evenSample(rows, MAX_VECTORS), matrix.hiddenSize);
  } finally {
    await model.dispose();
  }
}

function rowsOf(values: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: values.length / width }, (_, i) => values.subarray(i * width, (i + 1) * width));
}

function joined(rows: readonly Float32Array[], width: number): Float32Array {
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, i) => all.set(row, i * width));
  return all;
}
