import { buildCrossProductGraph } from "../../onnx/products.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import type { Graph, Value } from "../../onnx/graph.js";
import { add, matMul, mul, softmax, transposedMatMul } from "../../onnx/operators.js";
import { sub } from "../../onnx/vector-operators.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import { openGraph } from "../../runtime/sessions/graph-function.js";
import { choleskyFactor, solveCholesky } from "./cholesky.js";
import type { RidgeMap } from "./ridge-sums.js";

/** Steps taken. Accelerated as they are, the loss on pictures left out no longer falls after some thirty. */
const STEPS = 40;

export interface SoftmaxTask {
  /** (n, inputs). */
  readonly inputs: Float32Array;
  /** (n, classes): shares of each row that add up to 1. */
  readonly shares: Float32Array;
  readonly classes: number;
  /** What holds the weights back, in units of the mean of the inputs' squares. */
  readonly lambda: number;
}

export interface FitContext {
  readonly client: WorkerClient;
  readonly signal?: AbortSignal | undefined;
}

/**
 * W, b = argmin sum over rows of the cross entropy of `shares` and softmax(W x + b), plus lambda |W|^2 / 2: scores whose softmax predicts
 * the shares. The Hessian never exceeds that of (X^T X) / 2 for every class, so each step solves with that one fixed matrix.
 * Source: Böhning, "Multinomial logistic regression algorithm", 1992; accelerated as in Beck and Teboulle, 2009.
 */
export async function fitSoftmax(task: SoftmaxTask, { client, signal }: FitContext): Promise<RidgeMap> {
  const { inputs, shares, classes, lambda } = task;
  const rows = shares.length / classes;
  const width = inputs.length / rows;
  const size = width + 1;
  const mean = meanRow(inputs, width);
  const centred = new Float32Array(rows * size); // (rows, size), a constant 1 behind the inputs
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) centred[row * size + i] = inputs[row * width + i]! - mean[i]!;
    centred[row * size + width] = 1;
  }
  const gram = await gramOf(centred, size, { client, signal });
  let trace = 0;
  for (let i = 0; i < width; i++) trace += gram[i * (size + 1)]!;
  const penalty = Float32Array.from({ length: size }, (_, i) => (i < width ? (lambda * trace) / width : 0));
  const bound = Float64Array.from(
    gram,
    (value, i) => value / 2 + (i % (size + 1) === 0 ? penalty[i / (size + 1)]! : 0),
  );
  const inverse = await inverseOf(bound, size, signal);
  const step = await openGraph(client, buildStepGraph({ centred, shares, inverse, penalty, classes }), { signal });
  // Without inputs the scores are the logarithms of the mean shares.
  let weights: Float32Array = new Float32Array(size * classes);
  meanRow(shares, classes).forEach(
    (share, c) => (weights[width * classes + c] = Math.log(Math.max(share, LEAST_SHARE))),
  );
  let ahead = weights;
  let momentum = 1;
  for (let i = 0; i < STEPS; i++) {
    const outputs = await step.run({ weights: { data: ahead, shape: [size, classes] } });
    const next = outputs["next"]!.data;
    const following = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    const share = (momentum - 1) / following;
    const before = weights;
    ahead = next.map((value, at) => value + share * (value - before[at]!));
    [weights, momentum] = [next, following];
  }
  await step.close();
  return mapOf(weights, mean, classes);
}

const LEAST_SHARE = 1e-8;

interface StepConstants {
  readonly centred: Float32Array;
  readonly shares: Float32Array;
  readonly inverse: Float32Array;
  readonly penalty: Float32Array;
  readonly classes: number;
}

/** `next` = W + A^-1 (X^T (P - softmax(X W)) - penalty W) of `weights` W (size, classes). */
function buildStepGraph({ centred, shares, inverse, penalty, classes }: StepConstants): Graph {
  const g = new GraphBuilder();
  const [size, rows] = [penalty.length, shares.length / classes];
  const constant = (name: string, values: Float32Array, shape: readonly number[]): Value =>
    g.constant(name, "float32", shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const x = constant("x", centred, [rows, size]);
  const w = g.input("weights", "float32", [size, classes]);
  const missing = sub(g, constant("shares", shares, [rows, classes]), softmax(g, matMul(g, x, w)));
  const held = mul(g, w, constant("penalty", penalty, [size, 1]));
  const uphill = sub(g, transposedMatMul(g, x, missing), held);
  g.output(add(g, w, matMul(g, constant("inverse", inverse, [size, size]), uphill)), "next");
  return g.finish();
}

/** X^T X, (size, size), of x (rows, size). */
async function gramOf(x: Float32Array, size: number, { client, signal }: FitContext): Promise<Float32Array> {
  const rows = x.length / size;
  const products = await openGraph(client, buildCrossProductGraph(size, 1, true), { signal });
  const y = { data: new Float32Array(rows), shape: [rows, 1] };
  const { gram } = await products.run({ x: { data: x, shape: [rows, size] }, y });
  await products.close();
  return gram!.data;
}

async function inverseOf(matrix: Float64Array, size: number, signal: AbortSignal | undefined): Promise<Float32Array> {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) inverse[i * (size + 1)] = 1;
  await solveCholesky(await choleskyFactor(matrix, size, { signal }), inverse, size, { signal });
  return Float32Array.from(inverse);
}

/** Weights (size, classes) over centred inputs as a map of the inputs themselves. */
function mapOf(weights: Float32Array, mean: Float64Array, classes: number): RidgeMap {
  const width = mean.length;
  const weight = new Float32Array(classes * width);
  const bias = Float32Array.from(weights.subarray(width * classes));
  for (let c = 0; c < classes; c++) {
    let shift = 0;
    for (let i = 0; i < width; i++) {
      const value = weights[i * classes + c]!;
      weight[c * width + i] = value;
      shift += value * mean[i]!;
    }
    bias[c]! -= shift;
  }
  return { weight, bias };
}

/** (width) of rows (n, width). */
function meanRow(rows: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) mean[i % width]! += rows[i]!;
  return mean.map((sum) => (sum * width) / rows.length);
}
