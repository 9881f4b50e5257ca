import type { Dimension, Value } from "./graph.js";
import type { GraphBuilder } from "./graph-builder.js";
import { broadcast, cast, reshape } from "./operators.js";

/*
 * Operators that measure, compare and choose vectors; `operators.ts` has those of the models. The first axis of a shape
 * may be known at run time only. Source: the ONNX operator reference.
 */

/** One float32 number. */
export function scalar(g: GraphBuilder, value: number): Value {
  return g.constant("scalar", "float32", [], new Uint8Array(Float32Array.of(value).buffer));
}

/** The identity matrix, float32 (1, size, size). */
export function identity(g: GraphBuilder, size: number): Value {
  const values = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  return g.constant("identity", "float32", [1, size, size], new Uint8Array(values.buffer));
}

/** 0, 1, 2, ...: float32 (count, 1). */
export function counting(g: GraphBuilder, count: number): Value {
  const values = Float32Array.from({ length: count }, (_, i) => i);
  return g.constant("counting", "float32", [count, 1], new Uint8Array(values.buffer));
}

/** left - right, broadcast as NumPy does. */
export const sub = (g: GraphBuilder, left: Value, right: Value): Value => pairwise(g, "Sub", left, right);

/** left / right elementwise, broadcast as NumPy does. */
export const div = (g: GraphBuilder, left: Value, right: Value): Value => pairwise(g, "Div", left, right);

/** The larger of two, elementwise. */
export const max = (g: GraphBuilder, left: Value, right: Value): Value => pairwise(g, "Max", left, right);

function pairwise(g: GraphBuilder, operation: string, left: Value, right: Value): Value {
  return g.node(operation, [left, right], [broadcast(operation, left, right)])[0]!;
}

/** The natural logarithm, elementwise. */
export const log = (g: GraphBuilder, x: Value): Value => g.node("Log", [x], [x])[0]!;

/** The larger of x and 0. */
export const relu = (g: GraphBuilder, x: Value): Value => g.node("Relu", [x], [x])[0]!;

/** 1 where x > threshold and else 0, in the type of x. */
export function isAbove(g: GraphBuilder, x: Value, threshold: Value): Value {
  const result = { ...broadcast("Greater", x, threshold), type: "bool" as const };
  return cast(g, g.node("Greater", [x, threshold], [result])[0]!, x.type);
}

/** The largest value of the last axis of x (..., n): (..., 1). */
export const reduceMax = (g: GraphBuilder, x: Value): Value => reduceLast(g, "ReduceMax", x);

/** The sum of the last axis of x (..., n): (..., 1). */
export const reduceSum = (g: GraphBuilder, x: Value): Value => reduceLast(g, "ReduceSum", x);

/** The Euclidean length of the last axis of x (..., n): (..., 1). */
export const reduceL2 = (g: GraphBuilder, x: Value): Value => reduceLast(g, "ReduceL2", x);

function reduceLast(g: GraphBuilder, operation: string, x: Value): Value {
  const result = { type: x.type, shape: [...x.shape.slice(0, -1), 1] };
  return g.node(operation, [x, g.int64([-1])], [result], { attributes: { keepdims: { int: 1 } } })[0]!;
}

/** Where the largest value of each row of x (rows, n) stands, the first of equal ones: int64 (rows). */
export function argMax(g: GraphBuilder, x: Value): Value {
  const attributes = { axis: { int: -1 }, keepdims: { int: 0 } };
  return g.node("ArgMax", [x], [{ type: "int64", shape: [x.shape[0]!] }], { attributes })[0]!;
}

/** The mean over the first axis of x (rows, n): (1, n). */
export function meanRow(g: GraphBuilder, x: Value): Value {
  const result = { type: x.type, shape: [1, ...x.shape.slice(1)] };
  return g.node("ReduceMean", [x, g.int64([0])], [result], { attributes: { keepdims: { int: 1 } } })[0]!;
}

/** The magnitude, elementwise. */
export const abs = (g: GraphBuilder, x: Value): Value => g.node("Abs", [x], [x])[0]!;

/** Where the `count` largest values of each row of x (rows, n) stand, the largest first: int64 (rows, count). */
export function topIndices(g: GraphBuilder, x: Value, count: number): Value {
  const shape = [x.shape[0]!, count];
  const results = [
    { type: x.type, shape },
    { type: "int64" as const, shape },
  ];
  return g.node("TopK", [x, g.int64([count])], results, { attributes: { axis: { int: -1 } } })[1]!;
}

/** The entries of each row of x (rows, n) at `indices` int64 (rows, count): (rows, count). */
export function takeFromRows(g: GraphBuilder, x: Value, indices: Value): Value {
  const result = { type: x.type, shape: indices.shape };
  return g.node("GatherElements", [x, indices], [result], { attributes: { axis: { int: -1 } } })[0]!;
}

/** The rows `indices` int64 (...) of table (n, columns): (..., columns). */
export function gatherTableRows(g: GraphBuilder, table: Value, indices: Value): Value {
  const shape = [...indices.shape, ...table.shape.slice(1)];
  return g.node("Gather", [table, indices], [{ type: table.type, shape }], { attributes: { axis: { int: 0 } } })[0]!;
}

/** The entries `start` to `end - 1` of `axis`. */
export function slice(
  g: GraphBuilder,
  x: Value,
  { axis, start, end }: { readonly axis: number; readonly start: number; readonly end: number },
): Value {
  const shape = x.shape.map((size, i): Dimension => (i === axis ? end - start : size));
  const places = [g.int64([start]), g.int64([end]), g.int64([axis])];
  return g.node("Slice", [x, ...places], [{ type: x.type, shape }])[0]!;
}

/** 0, 1, 2, ...: the number of each row of x (rows, ...), int64 (rows, 1). */
export function rowNumbers(g: GraphBuilder, x: Value): Value {
  const sizes = g.node("Shape", [x], [{ type: "int64", shape: [x.shape.length] }])[0]!;
  const count = g.node("Gather", [sizes, g.int64([0], [])], [{ type: "int64", shape: [] }])[0]!;
  const rows = { type: "int64" as const, shape: [x.shape[0]!] };
  const numbers = g.node("Range", [g.int64([0], []), count, g.int64([1], [])], [rows])[0]!;
  return reshape(g, numbers, [-1, 1], [x.shape[0]!, 1]);
}

/** The remainder of x, int64 and not negative, by `divisor`. */
export const modulo = (g: GraphBuilder, x: Value, divisor: number): Value =>
  g.node("Mod", [x, g.int64([divisor])], [x])[0]!;
