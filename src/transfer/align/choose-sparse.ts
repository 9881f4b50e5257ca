import type { MaterialisedTensor } from "../../tensor/tensor-info.js";
import type { PlannedRow } from "../row-plan.js";
import { chooseDictionary } from "./choose-dictionary.js";
import { measureDecoding } from "./measure-decoding.js";
import type { AlignTask } from "./method.js";
import { heldRows, patchVectors } from "./patch-vectors.js";

export interface ChosenSparse {
  readonly k: number;
  readonly words: number;
  /** How it was chosen, in one line for the report. */
  readonly because: string;
}

/** Chooses k and the number of words from how well the source's own vectors of some pictures are explained. */
export async function chooseSparse(
  { source, rowPlan, examples }: AlignTask,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<ChosenSparse> {
  const vectors = await patchVectors(source, examples!, options);
  const decodeMatrix = await heldRows(source.embeddings!, options);
  const curves = await measureDecoding(vectors, { decodeMatrix, vocabMatrix: usableRows(rowPlan.written) }, options);
  const { k, words, lifts } = chooseDictionary(curves);
  const patches = vectors.length / source.embeddings!.hiddenSize;
  const times = lifts.map((lift) => lift.toFixed(1)).join(", ");
  return {
    ...{ k, words },
    because: `of ${patches} patches the first ${words} tokens explain most against noise: ${times} times as much of what is left, token by token`,
  };
}

/** A table one wide that says which tokens the target has: (rows, 1) of 1 or 0. */
function usableRows(rows: readonly PlannedRow[]): MaterialisedTensor {
  const bytes = new Uint8Array(Float32Array.from(rows, ({ ids }) => (ids.length > 0 ? 1 : 0)).buffer);
  return {
    name: "usable rows",
    file: "memory",
    dtype: "F32",
    shape: [rows.length, 1],
    byteLength: bytes.length,
    bytes,
  };
}
