import { buildPolarStepGraph } from "../../../onnx/products.js";
import { openGraph } from "../../../runtime/sessions/graph-function.js";
import type { FitRun } from "./linear-map.js";

export interface PolarFactor {
  /** Q, (rows, columns), with orthonormal columns or, where it is wide, rows. */
  readonly factor: Float32Array;
  readonly steps: number;
}

/**
 * Each step makes a short direction half as long again, so after 30 steps a direction of 1e-5 of the strongest has its full
 * length. Weaker ones stay short, for they are rounding of the float32 products.
 */
const MAX_STEPS = 30;

/**
 * The iteration ends when |Q|^2 grows by less than this share in one step: every direction that can reach full length has
 * done so.
 */
const TOLERANCE = 1e-7;

/** Rounds of the power method; the iteration converges even from a norm that is too small by a third. */
const POWER_ROUNDS = 20;

/**
 * The orthogonal factor of a matrix (rows, columns): the Q that maximises tr(Q^T A), by Newton and Schulz:
 * Q <- 1.5 Q - 0.5 Q Q^T Q, from A over its spectral norm. Source: Higham, Functions of Matrices, 2008, chapter 8.
 */
export async function polarFactor(
  matrix: Float64Array,
  shape: readonly [number, number],
  { client, signal, onProgress }: FitRun,
): Promise<PolarFactor> {
  const norm = spectralNorm(matrix, shape);
  let factor = Float32Array.from(matrix, (value) => (norm > 0 ? value / norm : 0));
  const graph = await openGraph(client, buildPolarStepGraph(shape), { signal });
  const whole = Math.min(...shape);
  let [steps, squares] = [0, sumOfSquares(factor)];
  for (let growth = Infinity; steps < MAX_STEPS && Math.abs(growth) > TOLERANCE * whole; steps++) {
    const outputs = await graph.run({ q: { data: factor, shape } });
    factor = outputs["next"]!.data as Float32Array<ArrayBuffer>;
    const next = sumOfSquares(factor);
    [growth, squares] = [next - squares, next];
    onProgress?.({ stage: "fitting the rotation", done: steps + 1, total: MAX_STEPS, unit: "steps" });
  }
  await graph.close();
  return { factor, steps };
}

/** The largest singular value, approached from below by the power method on A^T A. */
function spectralNorm(matrix: Float64Array, [rows, columns]: readonly [number, number]): number {
  let vector = new Float64Array(columns).map((_, i) => 1 + (i % 7) / 7); // Any start that is not at right angles.
  let norm = 0;
  for (let round = 0; round < POWER_ROUNDS; round++) {
    const mapped = new Float64Array(rows);
    const back = new Float64Array(columns);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) mapped[row]! += matrix[i++]! * vector[column]!;
    }
    for (let row = 0, i = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) back[column]! += matrix[i++]! * mapped[row]!;
    }
    const length = Math.sqrt(sumOfSquares(vector));
    norm = length > 0 ? Math.sqrt(sumOfSquares(mapped)) / length : 0;
    const scale = Math.sqrt(sumOfSquares(back));
    if (scale === 0) return norm;
    vector = back.map((value) => value / scale);
  }
  return norm;
}

function sumOfSquares(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
