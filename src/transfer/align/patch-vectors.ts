import { tmpdir } from "node:os";
import { readEmbeddings } from "../../adapter/row-embeddings.js";
import { loadModel } from "../../runtime/parts/load-model.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import { evenSample } from "../../tensor/even-sample.js";
import { openExamples, type Examples } from "../naming/seen-examples.js";
import type { TransferSource } from "../rows/source.js";

/** How many pictures are used, evenly spread over the folder, and how many vectors of all of them are kept. */
const MAX_IMAGES = 64;
const MAX_VECTORS = 512;

/** Vectors that the source's projector makes of examples, in the space of its own LLM: (at most 512, source hidden size). */
export async function patchVectors(
  { adapter, embeddings }: TransferSource,
  examples: Examples,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Float32Array> {
  const seen = await openExamples(examples, adapter);
  const matrix = {
    ...embeddings!,
    rows: embeddings!.rows.length,
    tensor: await readEmbeddings(embeddings!, { signal }),
  };
  const model = await loadModel({
    ...seen.tower,
    signal,
    adapter: projectorWeights({ ...adapter, matrix, decoding: undefined }),
    // Folding pays only for many pictures, so the projector runs as it is and nothing is cached.
    adapterOptions: { fold: false },
    cacheFolder: tmpdir(),
  });
  try {
    const rows: Float32Array[] = [];
    for (const name of evenSample(seen.names, MAX_IMAGES)) {
      for await (const features of seen.features(model, name, signal)) {
        const projected = await model.adapter!.project(features, { signal });
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
