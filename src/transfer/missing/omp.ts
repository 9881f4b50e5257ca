/** Inner products of a vector, number 0, and its neighbours, 1 to size - 1: `values` is (size, size). */
export interface Gram {
  readonly size: number;
  readonly values: Float32Array;
}

/** Weights of neighbours: neighbour `of[i]` of the Gram matrix weighs `weights[i]`. */
export interface Mix {
  readonly of: readonly number[];
  readonly weights: readonly number[];
}

/** The least share of its squared norm that a neighbour must have outside the span of those selected; less adds nothing but noise. */
const MIN_NEW_SHARE = 1e-6;

/** Share of the squared norm that a neighbour has to explain at least; less is rounding too. */
const MIN_GAIN = 1e-12;

/** Share of the squared norm below which a residual is rounding of the float32 products. */
const MIN_RESIDUAL = 1e-6;

/**
 * Orthogonal matching pursuit: again and again selects the neighbour with the largest |cosine| to the residual of the vector,
 * and fits all those selected by least squares. Source: Pati, Rezaiifar, Krishnaprasad 1993; its use for tokens, arXiv 2506.06607.
 *
 * @param most neighbours selected at most; fewer where the residual is nothing but rounding
 * @returns the mix after each step, the first with one neighbour
 */
export function matchingPursuit({ size, values }: Gram, most: number): readonly Mix[] {
  const steps: Mix[] = [];
  const factor: number[][] = []; // lower triangular L with L L^T = the Gram matrix of those selected
  const projected: number[] = []; // L^-1 times their products with the vector
  const selected: number[] = [];
  const residualProducts = Float64Array.from(values.subarray(0, size)); // products of all with the residual
  const candidates = new Set(
    Array.from({ length: size - 1 }, (_, i) => i + 1).filter((i) => values[i * size + i]! > 0),
  );
  let residualSquare = values[0]!;
  while (selected.length < most && residualSquare > MIN_RESIDUAL * values[0]!) {
    const next = mostAlike(residualProducts, candidates, { size, values });
    if (next === undefined) break;
    candidates.delete(next);
    const row = forward(
      factor,
      selected.map((other) => values[next * size + other]!),
    );
    const square = values[next * size + next]!;
    const newSquare = square - row.reduce((sum, value) => sum + value * value, 0);
    if (newSquare <= MIN_NEW_SHARE * square) continue;
    factor.push([...row, Math.sqrt(newSquare)]);
    projected.push(
      (values[next]! - row.reduce((sum, value, i) => sum + value * projected[i]!, 0)) / Math.sqrt(newSquare),
    );
    selected.push(next);
    const weights = backward(factor, projected);
    residualSquare -= projected.at(-1)! ** 2;
    for (const i of candidates) {
      residualProducts[i] =
        values[i]! - selected.reduce((sum, other, n) => sum + weights[n]! * values[other * size + i]!, 0);
    }
    steps.push({ of: [...selected], weights });
  }
  return steps;
}

/** The candidate with the largest |product| over its norm, of equal ones the first; undefined when none explains anything. */
function mostAlike(
  residualProducts: Float64Array,
  candidates: ReadonlySet<number>,
  { size, values }: Gram,
): number | undefined {
  let [best, index] = [MIN_GAIN * values[0]!, undefined as number | undefined];
  for (const i of candidates) {
    const score = residualProducts[i]! ** 2 / values[i * size + i]!;
    if (score > best) [best, index] = [score, i];
  }
  return index;
}

/** Solves L y = b. */
function forward(factor: readonly (readonly number[])[], b: readonly number[]): number[] {
  const y: number[] = [];
  factor.forEach((row, i) => y.push((b[i]! - y.reduce((sum, value, j) => sum + value * row[j]!, 0)) / row[i]!));
  return y;
}

/** Solves L^T x = y. */
function backward(factor: readonly (readonly number[])[], y: readonly number[]): number[] {
  const x = [...y];
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < x.length; j++) x[i]! -= factor[j]![i]! * x[j]!;
    x[i]! /= factor[i]![i]!;
  }
  return x;
}
