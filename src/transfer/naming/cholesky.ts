import { setImmediate } from "node:timers/promises";
import { InputError, throwIfAborted } from "../../errors.js";

/*
 * Symmetric positive definite systems, float64, row-major. A row is worked out from those before it, so that inner loops run along rows.
 * Between rows the thread is left to others now and then, so that a signal is seen; each function throws InterruptedError then.
 */

export interface SolveOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Longest time without a look at the signal, in milliseconds. */
const BUSY_MS = 200;

/** A pause that lets events in once the thread was busy for a while. */
function pauses({ signal }: SolveOptions): () => Promise<void> {
  let since = Date.now();
  return async () => {
    if (Date.now() - since < BUSY_MS) return;
    await setImmediate();
    throwIfAborted(signal);
    since = Date.now();
  };
}

/**
 * The lower triangle L of A = L L^T, (size, size), zeros above the diagonal.
 * @throws InputError for a matrix that is not positive definite
 */
export async function choleskyFactor(
  matrix: Float64Array,
  size: number,
  options: SolveOptions = {},
): Promise<Float64Array> {
  const factor = new Float64Array(size * size);
  const pause = pauses(options);
  for (let i = 0; i < size; i++) {
    await pause();
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!;
      if (j < i) factor[i * size + j] = sum / factor[j * size + j]!;
      else if (sum > 0) factor[i * size + i] = Math.sqrt(sum);
      else throw new InputError(`the sums over ${size} features are not positive definite; use more or other pictures`);
    }
  }
  return factor;
}

/** Replaces B (size, columns) by L^-1 B. */
export async function solveLower(
  factor: Float64Array,
  right: Float64Array,
  size: number,
  options: SolveOptions = {},
): Promise<void> {
  const columns = right.length / size;
  const pause = pauses(options);
  for (let i = 0; i < size; i++) {
    await pause();
    for (let k = 0; k < i; k++) subtractRow(right, { from: i, row: k, factor: factor[i * size + k]!, columns });
    scaleRow(right, i, 1 / factor[i * size + i]!, columns);
  }
}

/** Replaces B (size, columns) by the solution X of L L^T X = B. */
export async function solveCholesky(
  factor: Float64Array,
  right: Float64Array,
  size: number,
  options: SolveOptions = {},
): Promise<void> {
  await solveLower(factor, right, size, options);
  const columns = right.length / size;
  const pause = pauses(options);
  for (let i = size - 1; i >= 0; i--) {
    await pause();
    for (let k = i + 1; k < size; k++) subtractRow(right, { from: i, row: k, factor: factor[k * size + i]!, columns });
    scaleRow(right, i, 1 / factor[i * size + i]!, columns);
  }
}

interface RowStep {
  readonly from: number;
  readonly row: number;
  readonly factor: number;
  readonly columns: number;
}

function subtractRow(values: Float64Array, { from, row, factor, columns }: RowStep): void {
  if (factor === 0) return;
  const [to, at] = [from * columns, row * columns];
  for (let c = 0; c < columns; c++) values[to + c]! -= factor * values[at + c]!;
}

function scaleRow(values: Float64Array, row: number, factor: number, columns: number): void {
  for (let c = row * columns; c < (row + 1) * columns; c++) values[c]! *= factor;
}
