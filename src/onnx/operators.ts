import { ELEMENT_TYPES, type ElementType } from "./element-type.js";
import { describeValue, type Dimension, type Value } from "./graph.js";
import type { GraphBuilder } from "./graph-builder.js";

/*
 * One function per operator that the model graphs use. Each checks its operands and works out the shape of its result, so
 * that a graph that builds also loads. Source: the ONNX operator reference and onnxruntime's ContribOperators.
 */

const CONTRIB = "com.microsoft";

/** Thrown while building: two operands do not go together. `InputError` is for the caller, who knows the tensors' names. */
function mismatch(operation: string, ...values: readonly Value[]): RangeError {
  return new RangeError(
    `${operation} cannot take ${values.map((value) => `"${value.name}" ${describeValue(value)}`).join(" and ")}`,
  );
}

/**
 * Type and shape of an elementwise operation, as NumPy broadcasts.
 *
 * @throws RangeError when the two do not go together
 */
export function broadcast(operation: string, left: Value, right: Value): Omit<Value, "name"> {
  const rank = Math.max(left.shape.length, right.shape.length);
  const shape = Array.from({ length: rank }, (_, i): Dimension => {
    const a = left.shape.at(i - rank) ?? 1;
    const b = right.shape.at(i - rank) ?? 1;
    if (i - rank < -left.shape.length) return b;
    if (i - rank < -right.shape.length) return a;
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    throw mismatch(operation, left, right);
  });
  if (left.type !== right.type) throw mismatch(operation, left, right);
  return { type: left.type, shape };
}

/** left + right, broadcast as NumPy does. */
export function add(g: GraphBuilder, left: Value, right: Value): Value {
  return g.node("Add", [left, right], [broadcast("Add", left, right)])[0]!;
}

/** left * right elementwise, broadcast as NumPy does. */
export function mul(g: GraphBuilder, left: Value, right: Value): Value {
  return g.node("Mul", [left, right], [broadcast("Mul", left, right)])[0]!;
}

/** `x` with another element type; the same value when it has that type already. */
export function cast(g: GraphBuilder, x: Value, type: ElementType): Value {
  if (x.type === type) return x;
  return g.node("Cast", [x], [{ type, shape: x.shape }], { attributes: { to: { int: ELEMENT_TYPES[type].code } } })[0]!;
}

/** x (rows, k) times weight (n, k) transposed, plus bias (n): (rows, n). PyTorch stores linear layers as (out, in). */
export function gemm(g: GraphBuilder, x: Value, weight: Value, bias?: Value): Value {
  const fits = x.shape.length === 2 && weight.shape.length === 2 && x.shape[1] === weight.shape[1];
  if (!fits || x.type !== weight.type) throw mismatch("Gemm", x, weight);
  if (bias !== undefined && bias.shape[0] !== weight.shape[0]) throw mismatch("Gemm", weight, bias);
  const result = { type: x.type, shape: [x.shape[0]!, weight.shape[0]!] };
  return g.node("Gemm", [x, weight, bias], [result], { attributes: { transB: { int: 1 } } })[0]!;
}

/** x (..., m, k) times y (..., k, n): (..., m, n); the axes before are equal. */
export function matMul(g: GraphBuilder, x: Value, y: Value): Value {
  if (x.shape.at(-1) !== y.shape.at(-2) || x.type !== y.type) throw mismatch("MatMul", x, y);
  return g.node("MatMul", [x, y], [{ type: x.type, shape: [...x.shape.slice(0, -1), y.shape.at(-1)!] }])[0]!;
}

/** x (k, m) transposed times y (k, n): (m, n). */
export function transposedMatMul(g: GraphBuilder, x: Value, y: Value): Value {
  if (x.shape[0] !== y.shape[0] || x.type !== y.type) throw mismatch("Gemm", x, y);
  const result = { type: x.type, shape: [x.shape[1]!, y.shape[1]!] };
  return g.node("Gemm", [x, y], [result], { attributes: { transA: { int: 1 } } })[0]!;
}

/** exp(x) over its sum, along the last axis. */
export function softmax(g: GraphBuilder, x: Value): Value {
  return g.node("Softmax", [x], [x], { attributes: { axis: { int: -1 } } })[0]!;
}

export interface NBits {
  readonly bits: 4 | 8;
  readonly blockSize: number;
}

/**
 * x (..., k) times a block-quantised weight of (n, k), transposed: (..., n).
 * `blocks` is uint8 (n, k / blockSize, blockSize * bits / 8), `scales` (n * k / blockSize); the zero point is 2^(bits - 1).
 */
export function matMulNBits(
  g: GraphBuilder,
  x: Value,
  blocks: Value,
  scales: Value,
  { bits, blockSize }: NBits,
): Value {
  const [n, blocksPerRow, bytes] = blocks.shape as readonly number[];
  const k = blocksPerRow! * blockSize;
  if (x.shape.at(-1) !== k || bytes !== (blockSize * bits) / 8) throw mismatch("MatMulNBits", x, blocks);
  const attributes = {
    K: { int: k },
    N: { int: n! },
    bits: { int: bits },
    block_size: { int: blockSize },
    // 4 rounds the activations to 8 bits as well; level 0 is many times slower.
    accuracy_level: { int: 4 },
  };
  const result = { type: x.type, shape: [...x.shape.slice(0, -1), n!] };
  return g.node("MatMulNBits", [x, blocks, scales], [result], { domain: CONTRIB, attributes })[0]!;
}

/** Sums of values already asked for, by what they are of: queries, keys and values are products of the same rows. */
const knownSums = new WeakMap<Value, Value>();

/** The sum of every `blockSize` columns of x (rows, k): (rows, k / blockSize). */
export function blockSums(g: GraphBuilder, x: Value, blockSize: number): Value {
  const [rows, k] = x.shape as readonly [Dimension, number];
  const blocks = k / blockSize;
  const known = knownSums.get(x);
  if (known?.shape[1] === blocks) return known;
  const apart = reshape(g, x, [-1, blocks, blockSize], [rows, blocks, blockSize]);
  const result = { type: x.type, shape: [rows, blocks] };
  const sums = g.node("ReduceSum", [apart, g.int64([-1])], [result], { attributes: { keepdims: { int: 0 } } })[0]!;
  knownSums.set(x, sums);
  return sums;
}

/** x / sqrt(mean(x^2) + epsilon) * scale over the last axis (RMSNorm). */
export function rmsNorm(g: GraphBuilder, x: Value, scale: Value, epsilon: number): Value {
  checkNorm("SimplifiedLayerNormalization", x, scale);
  if (g.onlyStandard) return spelledOutRmsNorm(g, x, scale, epsilon);
  const attributes = { epsilon: { float: epsilon }, axis: { int: -1 } };
  return g.node("SimplifiedLayerNormalization", [x, scale], [x], { attributes })[0]!;
}

/** In the order that onnxruntime recognises. */
function spelledOutRmsNorm(g: GraphBuilder, x: Value, scale: Value, epsilon: number): Value {
  const one = { type: x.type, shape: [...x.shape.slice(0, -1), 1] };
  const square = g.node("Pow", [x, number(g, 2, x.type)], [x])[0]!;
  const mean = g.node("ReduceMean", [square, g.int64([-1])], [one], { attributes: { keepdims: { int: 1 } } })[0]!;
  const root = g.node("Sqrt", [add(g, mean, number(g, epsilon, x.type))], [one])[0]!;
  return mul(g, g.node("Div", [x, root], [x])[0]!, scale);
}

/** One number of a type. */
function number(g: GraphBuilder, value: number, type: ElementType): Value {
  return cast(g, g.constant("number", "float32", [], new Uint8Array(Float32Array.of(value).buffer)), type);
}

/** (x - mean) / sqrt(variance + epsilon) * scale + bias over the last axis; without a bias, none is added. */
export function layerNorm(g: GraphBuilder, x: Value, scale: Value, bias: Value | undefined, epsilon: number): Value {
  checkNorm("LayerNormalization", x, scale);
  const attributes = { epsilon: { float: epsilon }, axis: { int: -1 } };
  return g.node("LayerNormalization", [x, scale, bias], [x], { attributes })[0]!;
}

function checkNorm(operation: string, x: Value, scale: Value): void {
  if (scale.shape.length !== 1 || scale.shape[0] !== x.shape.at(-1)) throw mismatch(operation, x, scale);
}

/** x * sigmoid(alpha * x): SiLU with alpha 1, CLIP's quick_gelu with alpha 1.702. */
export function quickGelu(g: GraphBuilder, x: Value, alpha: number): Value {
  if (g.onlyStandard) {
    const scaled = alpha === 1 ? x : mul(g, x, number(g, alpha, x.type));
    return mul(g, x, g.node("Sigmoid", [scaled], [x])[0]!);
  }
  return g.node("QuickGelu", [x], [x], { domain: CONTRIB, attributes: { alpha: { float: alpha } } })[0]!;
}

/** The exact GELU, x * Phi(x) by the error function. */
export function gelu(g: GraphBuilder, x: Value): Value {
  return g.node("Gelu", [x], [x])[0]!;
}

/** GELU by its tanh form: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
export function geluTanh(g: GraphBuilder, x: Value): Value {
  return g.node("Gelu", [x], [x], { attributes: { approximate: { string: "tanh" } } })[0]!;
}

/** cap * tanh(x / cap): nearly x while it is small, and never beyond `cap`. */
export function softCap(g: GraphBuilder, x: Value, cap: number): Value {
  const bent = g.node("Tanh", [mul(g, x, number(g, 1 / cap, x.type))], [x])[0]!;
  return mul(g, bent, number(g, cap, x.type));
}

/** x in another shape, with the same elements in the same order; -1 in `sizes` is worked out, 0 is kept. */
export function reshape(g: GraphBuilder, x: Value, sizes: readonly number[], shape: readonly Dimension[]): Value {
  return g.node("Reshape", [x, g.int64(sizes)], [{ type: x.type, shape }])[0]!;
}

/** x in the shape that `sizes`, int64 (rank), has at run time; `shape` is what is known of it. */
export function reshapeTo(g: GraphBuilder, x: Value, sizes: Value, shape: readonly Dimension[]): Value {
  return g.node("Reshape", [x, sizes], [{ type: x.type, shape }])[0]!;
}

/** x repeated along axes of 1 to the shape that `sizes`, int64 (rank), has at run time; `shape` is what is known of it. */
export function expand(g: GraphBuilder, x: Value, sizes: Value, shape: readonly Dimension[]): Value {
  return g.node("Expand", [x, sizes], [{ type: x.type, shape }])[0]!;
}

/** x with its axes in the order `perm`. */
export function transpose(g: GraphBuilder, x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis]!);
  return g.node("Transpose", [x], [{ type: x.type, shape }], { attributes: { perm: { ints: perm } } })[0]!;
}

/** The entry `index` of `axis`, which goes; a negative index counts from the end. */
export function takeOne(g: GraphBuilder, x: Value, axis: number, index: number): Value {
  const shape = x.shape.filter((_, i) => i !== axis);
  const attributes = { axis: { int: axis } };
  return g.node("Gather", [x, g.int64([index], [])], [{ type: x.type, shape }], { attributes })[0]!;
}

/** The entries of `axis` from `start` on. */
export function dropFirst(g: GraphBuilder, x: Value, axis: number, start: number): Value {
  const shape = x.shape.map((size, i) => (i === axis ? (size as number) - start : size));
  const end = g.int64([Number.MAX_SAFE_INTEGER]);
  return g.node("Slice", [x, g.int64([start]), end, g.int64([axis])], [{ type: x.type, shape }])[0]!;
}

/** x with `before` entries of zero in front of `axis` and `behind` after it. */
export function pad(
  g: GraphBuilder,
  x: Value,
  { axis, before = 0, behind = 0 }: { readonly axis: number; readonly before?: number; readonly behind?: number },
): Value {
  const at = (count: number): number[] => x.shape.map((_, i) => (i === axis ? count : 0));
  const shape = x.shape.map((size, i) => (i === axis ? (size as number) + before + behind : size));
  return g.node("Pad", [x, g.int64([...at(before), ...at(behind)])], [{ type: x.type, shape }])[0]!;
}

/** The parts one after another along `axis`; every other axis is the same. */
export function concat(g: GraphBuilder, parts: readonly Value[], axis: number): Value {
  const total = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
  const shape = parts[0]!.shape.map((size, i) => (i === axis ? total : size));
  return g.node("Concat", parts, [{ type: parts[0]!.type, shape }], { attributes: { axis: { int: axis } } })[0]!;
}

/** Square patches of images (batch, channels, height, width) times weight (n, channels, patch, patch): (batch, n, rows, columns). */
export function patchConv(g: GraphBuilder, image: Value, weight: Value, bias?: Value): Value {
  const [n, channels, patch, patchWidth] = weight.shape as readonly number[];
  if (channels !== image.shape[1] || patch !== patchWidth) throw mismatch("Conv", image, weight);
  const size = (axis: number): number => Math.floor((image.shape[axis] as number) / patch!);
  const attributes = { kernel_shape: { ints: [patch!, patch!] }, strides: { ints: [patch!, patch!] } };
  const result = { type: image.type, shape: [image.shape[0]!, n!, size(2), size(3)] };
  return g.node("Conv", [image, weight, bias], [result], { attributes })[0]!;
}

export interface GroupQueryAttentionInputs {
  /** (batch, tokens, heads * headDim). */
  readonly query: Value;
  /** (batch, tokens, kvHeads * headDim). */
  readonly key: Value;
  readonly value: Value;
  /** (batch, kvHeads, past, headDim). */
  readonly pastKey: Value;
  readonly pastValue: Value;
  /** int32 (batch): length with the new tokens, less one. */
  readonly lastPosition: Value;
  /** int32 scalar: length with the new tokens. */
  readonly totalLength: Value;
  /** (positions, turned dimensions / 2). */
  readonly cos: Value;
  readonly sin: Value;
  /** Added to the scores: (batch, 1, tokens, total length). */
  readonly bias?: Value | undefined;
  /** int64 (batch, tokens): by which queries and keys are turned; counted from what lies in the cache when left out. */
  readonly positions?: Value | undefined;
}

export interface GroupQueryAttentionOptions {
  readonly heads: number;
  readonly kvHeads: number;
  /** How many tokens, itself included, a token looks back on; undefined is all. */
  readonly window?: number | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) when left out. */
  readonly scale?: number | undefined;
  /** Scores are bent to cap * tanh(score / cap), before bias and mask. */
  readonly cap?: number | undefined;
  /** Pairs that are turned together are neighbours, and not the two halves of what is turned. */
  readonly turnsNeighbours?: boolean | undefined;
  /** The length dimension of the caches that come out. */
  readonly presentLength: Dimension;
}

/** Causal attention with rotary positions and a key/value cache; returns the result and both caches. */
export function groupQueryAttention(
  g: GraphBuilder,
  {
    query,
    key,
    value,
    pastKey,
    pastValue,
    lastPosition,
    totalLength,
    cos,
    sin,
    bias,
    positions,
  }: GroupQueryAttentionInputs,
  { heads, kvHeads, window, scale, cap, turnsNeighbours = false, presentLength }: GroupQueryAttentionOptions,
): { output: Value; presentKey: Value; presentValue: Value } {
  const headDim = (query.shape.at(-1) as number) / heads;
  if (key.shape.at(-1) !== headDim * kvHeads) throw mismatch("GroupQueryAttention", query, key);
  const cache = { type: pastKey.type, shape: [pastKey.shape[0]!, kvHeads, presentLength, headDim] };
  const attributes = {
    num_heads: { int: heads },
    kv_num_heads: { int: kvHeads },
    do_rotary: { int: 1 },
    rotary_interleaved: { int: Number(turnsNeighbours) },
    local_window_size: { int: window ?? -1 },
    ...(scale !== undefined && { scale: { float: scale } }),
    ...(cap !== undefined && { softcap: { float: cap } }),
  };
  const inputs = [query, key, value, pastKey, pastValue, lastPosition, totalLength, cos, sin, positions, bias];
  const options = { domain: CONTRIB, attributes };
  const [output, presentKey, presentValue] = g.node("GroupQueryAttention", inputs, [query, cache, cache], options);
  return { output: output!, presentKey: presentKey!, presentValue: presentValue! };
}
