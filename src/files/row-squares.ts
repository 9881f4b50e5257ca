import type { FloatDtype } from "../tensor/dtype.js";
import { matrixShape } from "../tensor/matrix-shape.js";
import { squaredRowNorms } from "../tensor/row-norms.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { gatherAllRows, gatherRows } from "./gather-rows.js";

export interface RowSquaresOptions {
  /** Only these rows, in this order; all when left out. */
  readonly rows?: ArrayLike<number> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Squared norm of each row of a (rows, columns) float tensor, read block by block; not finite for a row that holds NaN or an
 * infinity.
 *
 * @throws InterruptedError once `signal` fires
 */
export async function rowSquares(
  tensor: CheckpointTensor,
  { rows, signal }: RowSquaresOptions = {},
): Promise<Float64Array> {
  const [count, columns] = matrixShape(tensor);
  const squares = new Float64Array(rows?.length ?? count); // (rows)
  const options = { signal, passThrough: true };
  const blocks = rows === undefined ? gatherAllRows(tensor, options) : gatherRows(tensor, rows, options);
  for await (const { first, bytes } of blocks) {
    squares.set(squaredRowNorms(bytes, tensor.dtype as FloatDtype, columns), first);
  }
  return squares;
}
