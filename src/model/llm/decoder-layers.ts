import type { Value } from "../../onnx/graph.js";
import {
  add,
  cast,
  groupQueryAttention,
  mul,
  quickGelu,
  reshape,
  rmsNorm,
  type GroupQueryAttentionInputs,
} from "../../onnx/operators.js";
import type { DecoderNames } from "./decoder-names.js";
import type { DecoderSpec } from "./decoder-spec.js";
import { linear, weight, type GraphContext } from "../graph-context.js";
import { rotaryTables } from "./rope.js";
import { refuseUnusedInDecoder } from "../unused-tensors.js";

export type CachePart = "key" | "value";

/** How a decoder is fed, which differs between the graph that runs here and one that is exported. */
export interface DecoderFrame extends Omit<GroupQueryAttentionInputs, "query" | CachePart | "pastKey" | "pastValue"> {
  readonly context: GraphContext;
  readonly spec: DecoderSpec;
  /** Rows (tokens of all sequences, width) as (batch, tokens, width). */
  readonly perSequence: (rows: Value) => Value;
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
 */
export function addDecoder(frame: DecoderFrame, rows: Value, { prefix, head }: DecoderNames): Value {
  const { context, spec } = frame;
  const { g, weights, target } = context;
  refuseUnusedInDecoder(weights, spec, { prefix, head });
  let hidden = cast(g, rows, target.compute);
  for (let layer = 0; layer < spec.windows.length; layer++) {
    hidden = decoderLayer(frame, hidden, `${prefix}layers.${layer}.`, layer);
  }
  const normed = rmsNorm(g, hidden, weight(context, `${prefix}norm.weight`, [spec.hiddenSize]), spec.epsilon);
  return cast(g, linear(context, normed, { name: head, outputs: spec.vocabSize }), "float32");
}

/** cos and sin of the first positions as constants, each (positions, headDim / 2). */
export function rotaryConstants(
  { g, target }: GraphContext,
  spec: DecoderSpec,
  positions: number,
): { cos: Value; sin: Value } {
  const { cos, sin } = rotaryTables(spec.rotary, spec.headDim, positions);
  const constant = (name: string, table: Float32Array): Value =>
    cast(g, g.constant(name, "float32", [positions, spec.headDim / 2], floatBytes(table)), target.compute);
  return { cos: constant("cos", cos), sin: constant("sin", sin) };
}

const floatBytes = (floats: Float32Array): Uint8Array =>
  new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);

function decoderLayer(frame: DecoderFrame, hidden: Value, prefix: string, layer: number): Value {
  const { context, spec, wanted } = frame;
  const { g } = context;
  const norm = (x: Value, name: string): Value =>
    rmsNorm(g, x, weight(context, `${prefix}${name}.weight`, [spec.hiddenSize]), spec.epsilon);
  const gathered = attention(frame, norm(hidden, "input_layernorm"), prefix, layer);
  const isLast = layer === spec.windows.length - 1;
  const [kept, mixed] = isLast ? [wanted(hidden), wanted(gathered)] : [hidden, gathered];
  const attended = add(g, kept, attentionOutput(frame, mixed, prefix));
  return add(g, attended, feedForward(frame, norm(attended, "post_attention_layernorm"), prefix));
}

/** What the heads gather, before the output projection: (tokens, heads * headDim). */
function attention(frame: DecoderFrame, x: Value, prefix: string, layer: number): Value {
  const { context, spec, perSequence, past, present, ...inputs } = frame;
  const { g } = context;
  const { heads, kvHeads, headDim } = spec;
  const project = (name: "q" | "k" | "v", count: number): Value => {
    const stem = `${prefix}self_attn.${name}_proj`;
    const bias = spec.queryBias ? `${stem}.bias` : undefined;
    const flat = linear(context, x, { name: `${stem}.weight`, outputs: count * headDim, bias });
    const normed =
      spec.headNorms && name !== "v" ? headNorm(context, flat, `${prefix}self_attn.${name}_norm`, spec) : flat;
    return perSequence(normed);
  };
  const { output, presentKey, presentValue } = groupQueryAttention(
    g,
    {
      ...inputs,
      query: project("q", heads),
      key: project("k", kvHeads),
      value: project("v", kvHeads),
      pastKey: past("key", layer),
      pastValue: past("value", layer),
    },
    { heads, kvHeads, window: spec.windows[layer], presentLength: "present" },
  );
  present("key", layer, presentKey);
  present("value", layer, presentValue);
  return reshape(g, output, [-1, heads * headDim], [x.shape[0]!, heads * headDim]);
}

function attentionOutput({ context, spec }: DecoderFrame, mixed: Value, prefix: string): Value {
  const bias = spec.outputBias ? `${prefix}self_attn.o_proj.bias` : undefined;
  return linear(context, mixed, { name: `${prefix}self_attn.o_proj.weight`, outputs: spec.hiddenSize, bias });
}

/** RMSNorm of every head on its own: x (tokens, heads * headDim). */
function headNorm(context: GraphContext, x: Value, name: string, { headDim, epsilon }: DecoderSpec): Value {
  const { g } = context;
  const [tokens, width] = x.shape as [string, number];
  const perHead = reshape(g, x, [-1, width / headDim, headDim], [tokens, width / headDim, headDim]);
  const normed = rmsNorm(g, perHead, weight(context, `${name}.weight`, [headDim]), epsilon);
  return reshape(g, normed, [-1, width], x.shape);
}

/** down(silu(gate(x)) * up(x)). Source: GLU Variants, arXiv 2002.05202. */
function feedForward({ context, spec }: DecoderFrame, x: Value, prefix: string): Value {
  const project = (input: Value, name: string, outputs: number): Value => {
    const stem = `${prefix}mlp.${name}_proj`;
    const bias = spec.mlpBias ? `${stem}.bias` : undefined;
    return linear(context, input, { name: `${stem}.weight`, outputs, bias });
  };
  const gate = quickGelu(context.g, project(x, "gate", spec.intermediateSize), 1);
  return project(mul(context.g, gate, project(x, "up", spec.intermediateSize)), "down", spec.hiddenSize);
}
