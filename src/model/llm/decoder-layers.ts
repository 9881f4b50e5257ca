import type { Value } from "../../onnx/graph.js";
import {
  add,
  cast,
  gelu,
  geluTanh,
  groupQueryAttention,
  layerNorm,
  mul,
  quickGelu,
  reshape,
  rmsNorm,
  softCap,
  type GroupQueryAttentionInputs,
} from "../../onnx/operators.js";
import type { GraphBuilder } from "../../onnx/graph-builder.js";
import { scalar, slice } from "../../onnx/vector-operators.js";
import { linear, weight, type GraphContext } from "../graph-context.js";
import { refuseUnused } from "../unused-tensors.js";
import type { Decoder } from "./decoder.js";
import type { Activation, DecoderSpec, LayerSpec } from "./decoder-spec.js";
import type { LayerTensors } from "./decoder-tensors.js";
import { ropeTables, type Rope } from "./rope.js";

export type CachePart = "key" | "value";

/** cos and sin of every position's angles, each (positions, turned dimensions / 2). */
export type RopeConstants = Pick<GroupQueryAttentionInputs, "cos" | "sin">;

/** What is added to the scores of attention, and the window that attention still has to keep itself. */
export interface Sight {
  readonly bias?: Value;
  readonly window: LayerSpec["window"];
}

/** The inputs of a decoder, which differ between the graph that runs here and one that is exported. */
export interface DecoderFrame extends Pick<GroupQueryAttentionInputs, "lastPosition" | "totalLength" | "positions"> {
  readonly context: GraphContext;
  readonly decoder: Decoder;
  readonly rope: (rope: Rope) => RopeConstants;
  /** Rows (tokens of all sequences, width) as (batch, tokens, width). */
  readonly perSequence: (rows: Value) => Value;
  /** Which tokens those of a layer with such a window see; all before them within it when left out. */
  readonly sight?: ((window: LayerSpec["window"]) => Sight) | undefined;
  /** The rows whose logits are wanted. */
  readonly wanted: (rows: Value) => Value;
  /** The cache of a layer, (batch, kvHeads, past, headDim). */
  readonly past: (part: CachePart, layer: number) => Value;
  /** Takes that cache with the new tokens. */
  readonly present: (part: CachePart, layer: number, cache: Value) => void;
}

/**
 * Adds a decoder to a graph: `rows` (tokens, hidden) to logits float32 (wanted tokens, vocab). Between its parts tokens are rows, as
 * products want them. Only those that are wanted go on to what follows the last attention: the rest of its layer and the head.
 *
 * @throws InputError for tensors that are missing, of another shape, or used by no layer
 */
export function addDecoder(frame: DecoderFrame, rows: Value): Value {
  const { context, decoder } = frame;
  const { spec, places } = decoder;
  let hidden = cast(context.g, rows, context.target.compute);
  for (const [index, layer] of spec.layers.entries()) {
    hidden = addLayer({ ...frame, index, layer, prefix: `${places.layers}${index}.` }, hidden);
  }
  const normed = norm(frame, hidden, places.norm, spec.hiddenSize);
  const bias = spec.headBias ? places.headBias : undefined;
  const logits = linear(context, normed, { name: places.head, outputs: spec.vocabSize, bias });
  refuseUnused(context, { prefix: places.layers, count: spec.layers.length });
  const wide = scaled(context.g, cast(context.g, logits, "float32"), spec.logitScale);
  return spec.logitCap === undefined ? wide : softCap(context.g, wide, spec.logitCap);
}

/** The tables of RoPE over the first positions as constants, made once for each base that a layer asks for. */
export function ropeConstants(
  { g, target }: GraphContext,
  { headDim }: DecoderSpec,
  positions: number,
): (rope: Rope) => RopeConstants {
  const made = new Map<Rope, RopeConstants>();
  const constant = (name: string, table: Float32Array): Value => {
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    return cast(g, g.constant(name, "float32", [positions, table.length / positions], bytes), target.compute);
  };
  return (rope) => {
    const known = made.get(rope);
    if (known !== undefined) return known;
    const { cos, sin } = ropeTables(rope, headDim, positions);
    const constants = { cos: constant("cos", cos), sin: constant("sin", sin) };
    made.set(rope, constants);
    return constants;
  };
}

/** A layer being added to a graph. */
interface LayerFrame extends DecoderFrame {
  readonly index: number;
  readonly layer: LayerSpec;
  /** The beginning of the names of its tensors. */
  readonly prefix: string;
}

/** The name of a module of the layer. */
const moduleOf = ({ decoder, prefix }: LayerFrame, module: keyof LayerTensors): string | undefined => {
  const name = decoder.spec.tensors.layer[module];
  return name && prefix + name;
};

const scaled = (g: GraphBuilder, x: Value, factor: number): Value =>
  factor === 1 ? x : mul(g, x, cast(g, scalar(g, factor), x.type));

/** The family's norm of the last `size` numbers. */
function norm({ context, decoder }: DecoderFrame, x: Value, name: string, size: number): Value {
  const { epsilon, normOffset, norm: kind, normBias } = decoder.spec;
  const { g, target } = context;
  if (kind === "layer") {
    const bias = normBias ? weight(context, `${name}.bias`, [size]) : undefined;
    return layerNorm(g, x, weight(context, `${name}.weight`, [size]), bias, epsilon);
  }
  if (normOffset === 0) return rmsNorm(g, x, weight(context, `${name}.weight`, [size]), epsilon);
  // In float32: near 1 bfloat16 keeps too little of what is added.
  const float32 = { ...context, target: { ...target, compute: "float32" } } as const;
  const added = add(g, weight(float32, `${name}.weight`, [size]), scalar(g, normOffset));
  return rmsNorm(g, x, cast(g, added, target.compute), epsilon);
}

/** The same through one of the layer's norms; x itself where the family has none there. */
function moduleNorm(frame: LayerFrame, x: Value, module: NormModule): Value {
  const name = moduleOf(frame, module);
  return name === undefined ? x : norm(frame, x, name, frame.decoder.spec.hiddenSize);
}

type NormModule = "attentionNorm" | "attentionOutputNorm" | "feedForwardNorm" | "feedForwardOutputNorm";

function addLayer(frame: LayerFrame, hidden: Value): Value {
  const { context, decoder, wanted, index } = frame;
  const { g } = context;
  const { layers, residualScale, isParallel } = decoder.spec;
  const normed = moduleNorm(frame, hidden, "attentionNorm");
  const gathered = attention(frame, normed);
  const onlyWanted = (x: Value): Value => (index === layers.length - 1 ? wanted(x) : x);
  const mixed = moduleNorm(frame, project(frame, onlyWanted(gathered), "output"), "attentionOutputNorm");
  const attended = add(g, onlyWanted(hidden), scaled(g, mixed, residualScale));
  const fedWith = isParallel ? onlyWanted(normed) : moduleNorm(frame, attended, "feedForwardNorm");
  const fed = moduleNorm(frame, feedForward(frame, fedWith), "feedForwardOutputNorm");
  return add(g, attended, scaled(g, fed, residualScale));
}

type Projection = "query" | "key" | "value" | "queryKeyValue" | "output" | "gate" | "up" | "gateUp" | "down";

/** x (rows, in) through one of the layer's linear modules. */
function project(frame: LayerFrame, x: Value, module: Projection): Value {
  const { spec } = frame.decoder;
  const name = moduleOf(frame, module)!;
  const { outputs, bias } = PROJECTIONS[module](spec);
  return linear(frame.context, x, { name: `${name}.weight`, outputs, bias: bias ? `${name}.bias` : undefined });
}

/** Several modules, each by itself or, where the folder has them in one matrix, as parts of `fused`, one behind another. */
function projectAll(frame: LayerFrame, x: Value, modules: readonly Projection[], fused: Projection): Value[] {
  const together = moduleOf(frame, fused);
  const isFused = together !== undefined && frame.context.weights.tensors.has(`${together}.weight`);
  if (!isFused && moduleOf(frame, modules[0]!) !== undefined) {
    return modules.map((module) => project(frame, x, module));
  }
  const all = project(frame, x, fused);
  let start = 0;
  return modules.map((module) => {
    const end = start + PROJECTIONS[module](frame.decoder.spec).outputs;
    const part = slice(frame.context.g, all, { axis: 1, start, end });
    start = end;
    return part;
  });
}

/** How many numbers each gives for a token, and whether it has a bias. */
const PROJECTIONS: Readonly<Record<Projection, (spec: DecoderSpec) => { outputs: number; bias: boolean }>> = {
  query: ({ heads, headDim, queryBias }) => ({ outputs: heads * headDim, bias: queryBias }),
  key: ({ kvHeads, headDim, queryBias }) => ({ outputs: kvHeads * headDim, bias: queryBias }),
  value: ({ kvHeads, headDim, queryBias }) => ({ outputs: kvHeads * headDim, bias: queryBias }),
  queryKeyValue: ({ heads, kvHeads, headDim, queryBias }) => {
    return { outputs: (heads + 2 * kvHeads) * headDim, bias: queryBias };
  },
  output: ({ hiddenSize, outputBias }) => ({ outputs: hiddenSize, bias: outputBias }),
  gate: ({ intermediateSize, mlpBias }) => ({ outputs: intermediateSize, bias: mlpBias }),
  up: ({ intermediateSize, mlpBias }) => ({ outputs: intermediateSize, bias: mlpBias }),
  gateUp: ({ intermediateSize, mlpBias }) => ({ outputs: 2 * intermediateSize, bias: mlpBias }),
  down: ({ hiddenSize, mlpBias }) => ({ outputs: hiddenSize, bias: mlpBias }),
};

/** What the heads gather, before the output projection: (tokens, heads * headDim). */
function attention(frame: LayerFrame, x: Value): Value {
  const { context, decoder, layer, index, perSequence, past, present, lastPosition, totalLength, positions } = frame;
  const { bias, window } = frame.sight?.(layer.window) ?? { window: layer.window };
  const { heads, kvHeads, headDim, attention: spec, turnsNeighbours } = decoder.spec;
  const [query, key, value] = projectAll(frame, x, ["query", "key", "value"], "queryKeyValue");
  const { output, presentKey, presentValue } = groupQueryAttention(
    context.g,
    {
      ...{ lastPosition, totalLength, bias, positions, ...frame.rope(layer.rope) },
      query: perSequence(headNorm(frame, query!, "queryNorm")),
      key: perSequence(headNorm(frame, key!, "keyNorm")),
      value: perSequence(value!),
      pastKey: past("key", index),
      pastValue: past("value", index),
    },
    {
      ...{ heads, kvHeads, window, scale: spec.scale, cap: spec.cap },
      ...{ turnsNeighbours, presentLength: "present" },
    },
  );
  present("key", index, presentKey);
  present("value", index, presentValue);
  return reshape(context.g, output, [-1, heads * headDim], [x.shape[0]!, heads * headDim]);
}

/** The norm of every head on its own or of all together, x (tokens, heads * headDim), where the family has one. */
function headNorm(frame: LayerFrame, x: Value, module: "queryNorm" | "keyNorm"): Value {
  const { context, decoder } = frame;
  const { headDim, headNorm: over } = decoder.spec;
  const name = moduleOf(frame, module);
  if (name === undefined) return x;
  const [tokens, width] = x.shape as [string, number];
  if (over === "row") return norm(frame, x, name, width);
  const perHead = reshape(context.g, x, [-1, width / headDim, headDim], [tokens, width / headDim, headDim]);
  return reshape(context.g, norm(frame, perHead, name, headDim), [-1, width], x.shape);
}

const ACTIVATIONS: Readonly<Record<Activation, (g: GraphBuilder, x: Value) => Value>> = {
  silu: (g, x) => quickGelu(g, x, 1),
  gelu_tanh: geluTanh,
  gelu,
};

/** down(act(gate(x)) * up(x)), or down(act(up(x))) without a gate. Source: GLU Variants, arXiv 2002.05202. */
function feedForward(frame: LayerFrame, x: Value): Value {
  const { g } = frame.context;
  const { activation, tensors } = frame.decoder.spec;
  const activate = ACTIVATIONS[activation];
  const hasGate = tensors.layer.gate !== undefined || tensors.layer.gateUp !== undefined;
  if (!hasGate) return project(frame, activate(g, project(frame, x, "up")), "down");
  const [gate, up] = projectAll(frame, x, ["gate", "up"], "gateUp");
  return project(frame, mul(g, activate(g, gate!), up!), "down");
}
