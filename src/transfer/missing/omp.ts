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

/** A neighbour this close to the span of those chosen, as a share of its squared norm, adds nothing but noise. */
const MIN_NEW_SHARE = 1e-6;

/** Share of the squared norm that a neighbour has to explain at least; less is rounding too. */
const MIN_GAIN = 1e-12;

/** Share of the squared norm below which a rest is rounding of the float32 products. */
const MIN_REST = 1e-6;

/**
 * Orthogonal matching pursuit: again and again takes the neighbour with the largest |cosine| to what is left of the vector,
 * and fits all those taken by least squares. Source: Pati, Rezaiifar, Krishnaprasad 1993; its use for tokens, arXiv 2506.06607.
 *
 * @param most neighbours taken at most; fewer where nothing is left to explain
 * @returns the mix after each step, the first with one neighbour
 */
export function matchingPursuit({ size, values }: Gram, most: number): readonly Mix[] {
  const steps: Mix[] = [];
  const factor: number[][] = []; // lower triangular L with L L^T = the Gram matrix of those taken
  const half: number[] = []; // L^-1 times their products with the vector
  const taken: number[] = [];
  const rest = Float64Array.from(values.subarray(0, size)); // products of all with what is left of the vector
  const open = new Set(Array.from({ length: size - 1 }, (_, i) => i + 1).filter((i) => values[i * size + i]! > 0));
  let left = values[0]!;
  while (taken.length < most && left > MIN_REST * values[0]!) {
    const next = mostAlike(rest, open, { size, values });
    if (next === undefined) break;
    open.delete(next);
    const row = forward(
      factor,
      taken.map((other) => values[next * size + other]!),
    );
    const own = values[next * size + next]!;
    const fresh = own - row.reduce((sum, value) => sum + value * value, 0);
    if (fresh <= MIN_NEW_SHARE * own) continue;
    factor.push([...row, Math.sqrt(fresh)]);
    half.push((values[next]! - row.reduce((sum, value, i) => sum + value * half[i]!, 0)) / Math.sqrt(fresh));
    taken.push(next);
    const weights = backward(factor, half);
    left -= half.at(-1)! ** 2;
    for (const i of open) {
      rest[i] = values[i]! - taken.reduce((sum, other, n) => sum + weights[n]! * values[other * size + i]!, 0);
    }
    steps.push({ of: [...taken], weights });
  }
  return steps;
}

/** The open neighbour with the largest |product| over its norm, of equal ones the first; undefined when none explains anything. */
function mostAlike(rest: Float64Array, open: ReadonlySet<number>, { size, values }: Gram): number | undefined {
  let [best, index] = [MIN_GAIN * values[0]!, undefined as number | undefined];
  for (const i of open) {
    const score = rest[i]! ** 2 / values[i * size + i]!;
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
