import { InputError } from "../errors.js";
import type { CheckpointTensor } from "./tensor-info.js";

/**
 * Most rows or columns of a matrix that is read row by row: numbers are kept of every row. The largest real vocabulary has 262,144
 * rows (Gemma 3), the widest LLM 16,384 columns (Llama 3.1 405B).
 */
const MAX_MATRIX_SIDE = 2 ** 24;

/**
 * Rows and columns of a matrix.
 *
 * @throws InputError naming the tensor when it is none, when a side is longer than MAX_MATRIX_SIDE, or when it has no column:
 *   a row of no bytes makes any number of rows fit into an empty file
 */
export function matrixShape({ file, name, dtype, shape }: CheckpointTensor): readonly [rows: number, columns: number] {
  const [rows, columns] = shape;
  const where = `${file}: tensor ${JSON.stringify(name)} is ${dtype} of shape (${shape.join(", ")})`;
  if (rows === undefined || columns === undefined || shape.length !== 2) {
    throw new InputError(`${where}, expected a matrix (rows, columns)`);
  }
  if (columns === 0) throw new InputError(`${where}, expected a matrix with at least one column`);
  if (rows > MAX_MATRIX_SIDE || columns > MAX_MATRIX_SIDE) {
    throw new InputError(`${where}, at most ${MAX_MATRIX_SIDE} rows and columns are read; no model has that many`);
  }
  return [rows, columns];
}
