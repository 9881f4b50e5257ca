import type { FloatDtype } from "../tensor/dtype.js";
import { squaredRowNorms } from "../tensor/row-norms.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { gatherAllRows } from "./gather-rows.js";

/**
 * Squared norm of each row of a (rows, columns) float tensor, read block by block; not finite for a row that holds NaN or
 * an infinity. Throws InterruptedError once `signal` fires.
 */
export async function rowSquares(
  tensor: CheckpointTensor,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Float64Array> {
  const [rows, columns] = tensor.shape as [number, number];
  const squares = new Float64Array(rows); // (rows)
  for await (const { first, bytes } of gatherAllRows(tensor, { signal, passThrough: true })) {
    squares.set(squaredRowNorms(bytes, tensor.dtype as FloatDtype, columns), first);
  }
  return squares;
}
