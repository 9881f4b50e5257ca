import { buildCrossProductGraph } from "../../onnx/products.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import { openGraph, type GraphFunction } from "../../runtime/sessions/graph-function.js";
import { choleskyFactor, solveCholesky } from "./cholesky.js";

/** What a ridge fit needs of pairs of inputs X and targets Y, added up in float64 from products in float32. */
export class RidgeSums {
  /** X^T X, (size, size), a constant 1 behind the inputs. */
  readonly gram: Float64Array;
  /** X^T Y, (size, targets). */
  readonly cross: Float64Array;
  rows = 0;

  private constructor(
    /** Inputs and the constant. */
    readonly size: number,
    readonly targets: number,
    private readonly products: GraphFunction,
  ) {
    this.gram = new Float64Array(size * size);
    this.cross = new Float64Array(size * targets);
  }

  static async open(
    client: WorkerClient,
    { inputs, targets, signal }: { inputs: number; targets: number; signal?: AbortSignal | undefined },
  ): Promise<RidgeSums> {
    const size = inputs + 1;
    return new RidgeSums(
      size,
      targets,
      await openGraph(client, buildCrossProductGraph(size, targets, true), { signal }),
    );
  }

  /** Adds pairs: x (n, inputs) and y (n, targets). */
  async add(x: Float32Array, y: Float32Array): Promise<void> {
    const rows = x.length / (this.size - 1);
    if (rows === 0) return;
    const outputs = await this.products.run({
      x: { data: withConstant(x, this.size), shape: [rows, this.size] },
      y: { data: y, shape: [rows, this.targets] },
    });
    addTo(this.gram, outputs["gram"]!.data);
    addTo(this.cross, outputs["cross"]!.data);
    this.rows += rows;
  }

  /** Adds what other sums of the same sizes hold. */
  merge(other: RidgeSums): void {
    addTo(this.gram, other.gram);
    addTo(this.cross, other.cross);
    this.rows += other.rows;
  }

  async close(): Promise<void> {
    await this.products.close();
  }
}

/** A linear map with a constant: y = W x + b. */
export interface RidgeMap {
  /** (targets, inputs). */
  readonly weight: Float32Array;
  /** (targets). */
  readonly bias: Float32Array;
}

export interface SolveRidgeOptions {
  /** In units of the mean of the inputs' squares. */
  readonly lambda: number;
  /** Only these targets; all when left out. */
  readonly columns?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Targets solved side by side, which bounds the memory. */
const COLUMNS_AT_ONCE = 1024;

/** W, b = argmin |W x + b - y|^2 + lambda |W|^2: the constant is not held back. */
export async function solveRidge(
  { gram, cross, size, targets }: Pick<RidgeSums, "gram" | "cross" | "size" | "targets">,
  { lambda, columns, signal }: SolveRidgeOptions,
): Promise<RidgeMap> {
  const inputs = size - 1;
  const held = gram.slice();
  let trace = 0;
  for (let i = 0; i < inputs; i++) trace += gram[i * (size + 1)]!;
  for (let i = 0; i < inputs; i++) held[i * (size + 1)]! += (lambda * trace) / inputs;
  const factor = await choleskyFactor(held, size, { signal });
  const wanted = columns ?? Array.from({ length: targets }, (_, i) => i);
  const weight = new Float32Array(wanted.length * inputs);
  const bias = new Float32Array(wanted.length);
  for (let first = 0; first < wanted.length; first += COLUMNS_AT_ONCE) {
    const block = wanted.slice(first, first + COLUMNS_AT_ONCE);
    const right = new Float64Array(size * block.length);
    for (let i = 0; i < size; i++) {
      block.forEach((column, j) => (right[i * block.length + j] = cross[i * targets + column]!));
    }
    await solveCholesky(factor, right, size, { signal });
    block.forEach((_, j) => {
      for (let i = 0; i < inputs; i++) weight[(first + j) * inputs + i] = right[i * block.length + j]!;
      bias[first + j] = right[inputs * block.length + j]!;
    });
  }
  return { weight, bias };
}

/** Values of lambda that are tried. */
const LAMBDAS = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

export interface LambdaJudges {
  readonly fitted: RidgeSums;
  /** Of pairs that have no part in `fitted`. */
  readonly left: RidgeSums;
  /** Targets that it is judged by; all when left out. */
  readonly columns?: readonly number[] | undefined;
}

/** The lambda whose fit has the least squared error on the pairs left out. */
export async function chooseLambda(
  { fitted, left, columns }: LambdaJudges,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const judged = columns ?? Array.from({ length: left.targets }, (_, i) => i);
  let best = { lambda: LAMBDAS[0]!, error: Infinity };
  for (const lambda of LAMBDAS) {
    const map = await solveRidge(fitted, { lambda, columns: judged, signal });
    const error = errorOf(map, left, judged);
    if (error < best.error) best = { lambda, error };
  }
  return best.lambda;
}

/** |W x + b - y|^2 over the pairs of `sums`, without their |y|^2: w^T G w - 2 w^T c for each target. */
function errorOf({ weight, bias }: RidgeMap, sums: RidgeSums, columns: readonly number[]): number {
  const { gram, cross, size, targets } = sums;
  const inputs = size - 1;
  let error = 0;
  columns.forEach((column, j) => {
    const w = Float64Array.from({ length: size }, (_, i) => (i < inputs ? weight[j * inputs + i]! : bias[j]!));
    for (let i = 0; i < size; i++) {
      let product = 0;
      for (let k = 0; k < size; k++) product += gram[i * size + k]! * w[k]!;
      error += w[i]! * (product - 2 * cross[i * targets + column]!);
    }
  });
  return error;
}

/** W x + b of rows x (n, inputs): (n, targets). */
export function applyMap({ weight, bias }: RidgeMap, x: Float32Array): Float32Array {
  const [targets, inputs] = [bias.length, weight.length / bias.length];
  const y = new Float32Array((x.length / inputs) * targets);
  for (let row = 0; row * inputs < x.length; row++) {
    for (let t = 0; t < targets; t++) {
      let sum = bias[t]!;
      for (let i = 0; i < inputs; i++) sum += weight[t * inputs + i]! * x[row * inputs + i]!;
      y[row * targets + t] = sum;
    }
  }
  return y;
}

/** Rows (n, size - 1) with a 1 behind each. */
function withConstant(x: Float32Array, size: number): Float32Array {
  const inputs = size - 1;
  const rows = x.length / inputs;
  const all = new Float32Array(rows * size).fill(1);
  for (let row = 0; row < rows; row++) all.set(x.subarray(row * inputs, (row + 1) * inputs), row * size);
  return all;
}

function addTo(sums: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
}
