import { InputError } from "../../../errors.js";
import { readRows, type FloatMatrix } from "../../../files/read-rows.js";
import type { Progress } from "../../../progress.js";
import type { AlignTask } from "../method.js";

/** The rows of the tokens that both tables have, in pairs: a map is fitted to them. */
export interface SharedPairs {
  readonly source: FloatMatrix;
  readonly target: FloatMatrix;
  /** (pairs) the row in `source` and the row in `target`. */
  readonly sourceRows: readonly number[];
  readonly targetRows: readonly number[];
}

/** Parts of the pairs; each in turn is predicted from the others. */
export const FOLDS = 5;

/** Bytes of float32 rows in one product. */
const CHUNK_BYTES = 32 * 2 ** 20;

/**
 * Rows in one product, as a share of the width: the sums of each chunk come back from onnxruntime, which takes longer than to
 * compute them.
 */
const CHUNK_ROWS = 0.5;

/**
 * The shared tokens of a transfer.
 *
 * @throws InputError when there are fewer than `FOLDS`
 */
export function sharedPairs({ source, target, rowPlan }: AlignTask, method: string): SharedPairs {
  const { embeddings, adapter } = source;
  const { shared } = rowPlan;
  if (shared.length < FOLDS) {
    throw new InputError(
      `${target.path}: has ${shared.length} of the tokens of ${adapter.path} as one token, --align ${method} fits its map to at least ${FOLDS}; use --align none`,
    );
  }
  return {
    source: embeddings!.tensor,
    target: target.table.tensor,
    sourceRows: shared.map(({ sourceRow }) => embeddings!.rows[sourceRow]!),
    targetRows: shared.map(({ ids }) => ids[0]!),
  };
}

/** Pair i belongs to fold i modulo `FOLDS`, so that frequent and rare tokens are in all of them. */
export function foldOf(pairs: SharedPairs, fold: number): SharedPairs {
  const isIn = (_: number, i: number): boolean => i % FOLDS === fold;
  return { ...pairs, sourceRows: pairs.sourceRows.filter(isIn), targetRows: pairs.targetRows.filter(isIn) };
}

/** What is subtracted from every row before anything else. */
export interface Means {
  readonly source: Float64Array; // (source columns)
  readonly target: Float64Array; // (target columns)
}

/** Some pairs in memory: `x` (count, source columns), `y` (count, target columns), means taken off. */
export interface PairChunk {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

export interface ReadPairsOptions {
  readonly means?: Means | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/**
 * Reads the pairs chunk by chunk.
 *
 * @throws InputError at a row that is not finite
 */
export async function* readPairs(
  pairs: SharedPairs,
  { means, signal, onProgress }: ReadPairsOptions = {},
): AsyncGenerator<PairChunk, void, undefined> {
  const [sourceColumns, targetColumns] = [pairs.source.shape[1]!, pairs.target.shape[1]!];
  const width = Math.max(sourceColumns, targetColumns);
  const rows = Math.max(1, Math.floor(CHUNK_BYTES / (4 * width)), Math.floor(CHUNK_ROWS * width));
  for (let first = 0; first < pairs.sourceRows.length; first += rows) {
    const end = Math.min(first + rows, pairs.sourceRows.length);
    const x = await readRows(pairs.source, pairs.sourceRows.slice(first, end), { signal });
    const y = await readRows(pairs.target, pairs.targetRows.slice(first, end), { signal });
    requireFinite(x, pairs.source, pairs.sourceRows.slice(first, end));
    requireFinite(y, pairs.target, pairs.targetRows.slice(first, end));
    if (means !== undefined) subtract(x, means.source);
    if (means !== undefined) subtract(y, means.target);
    yield { count: end - first, x, y };
    onProgress?.({ stage: "fitting to shared tokens", done: end, total: pairs.sourceRows.length, unit: "rows" });
  }
}

/** The mean row of either side, summed in float64. */
export async function meansOf(pairs: SharedPairs, options: Omit<ReadPairsOptions, "means"> = {}): Promise<Means> {
  const sums = zeroMeans(pairs);
  for await (const { x, y } of readPairs(pairs, options)) {
    addRows(sums.source, x);
    addRows(sums.target, y);
  }
  const count = pairs.sourceRows.length;
  return { source: sums.source.map((sum) => sum / count), target: sums.target.map((sum) => sum / count) };
}

export function zeroMeans({ source, target }: SharedPairs): Means {
  return { source: new Float64Array(source.shape[1]!), target: new Float64Array(target.shape[1]!) };
}

function addRows(sums: Float64Array, rows: Float32Array): void {
  for (let i = 0; i < rows.length;) {
    for (let column = 0; column < sums.length; column++) sums[column]! += rows[i++]!;
  }
}

/** Subtracts `mean` (columns) from each row of `rows` (any, columns). */
export function subtract(rows: Float32Array, mean: Float64Array): void {
  for (let i = 0; i < rows.length;) {
    for (let column = 0; column < mean.length; column++) rows[i++]! -= mean[column]!;
  }
}

function requireFinite(values: Float32Array, { file, name, shape }: FloatMatrix, rows: readonly number[]): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const row = rows[Math.floor(bad / shape[1]!)];
  throw new InputError(`${file}: row ${row} of "${name}" holds NaN or infinity; the checkpoint is damaged`);
}
