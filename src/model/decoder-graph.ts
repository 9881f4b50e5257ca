import type { Value } from "../onnx/graph.js";
import { GraphBuilder } from "../onnx/graph-builder.js";
import type { Graph } from "../onnx/graph.js";
import { add, cast, groupQueryAttention, mul, quickGelu, reshape, rmsNorm, takeOne } from "../onnx/operators.js";
import type { DecoderSpec } from "./decoder-spec.js";
import { findEmbeddingTable } from "./embedding-table.js";
import { linear, weight, type GraphContext, type GraphTarget } from "./graph-context.js";
import { rotaryTables } from "./rotary.js";
import { refuseUnusedInDecoder } from "./unused-tensors.js";
import type { Weights } from "./weights.js";

export interface DecoderGraphOptions {
  readonly spec: DecoderSpec;
  readonly weights: Weights;
  readonly config: unknown;
  readonly target: GraphTarget;
  /** Positions that the rotary tables cover; at most spec.maxPositions. */
  readonly positions: number;
}

interface Shared {
  readonly context: GraphContext;
  readonly spec: DecoderSpec;
  readonly lastPosition: Value;
  readonly totalLength: Value;
  readonly cos: Value;
  readonly sin: Value;
}

/** Where a decoder's tensors lie in a folder. */
export interface DecoderNames {
  /** What stands before `layers.0...`, such as `model.`. */
  readonly prefix: string;
  /** The matrix of the output head, (vocabSize, hiddenSize). */
  readonly head: string;
}

/** Works out the names from where the input embeddings lie; a tied folder has no head of its own. */
export function decoderNames({ weights, config }: Pick<DecoderGraphOptions, "weights" | "config">): DecoderNames {
  const table = findEmbeddingTable(weights.tensors.values(), config, weights.where);
  const prefix = table.tensor.name.replace(/embed_tokens\.weight$/, "");
  if (table.tied) return { prefix, head: table.tensor.name };
  const inner = prefix.replace(/model\.$/, "lm_head.weight");
  return { prefix, head: weights.tensors.has(inner) ? inner : "lm_head.weight" };
}

/** The names of every linear layer and of the head: what block quantisation rounds. */
export function decoderLinearNames(spec: DecoderSpec, { prefix, head }: DecoderNames): string[] {
  const inLayer = ["q", "k", "v", "o"].map((name) => `self_attn.${name}_proj.weight`);
  inLayer.push(...["gate", "up", "down"].map((name) => `mlp.${name}_proj.weight`));
  return [...spec.windows.keys()]
    .flatMap((layer) => inLayer.map((name) => `${prefix}layers.${layer}.${name}`))
    .concat(head);
}

/**
 * The graph of a decoder with a key/value cache, batch 1.
 *
 * Inputs: `inputs_embeds` float32 (tokens, hidden), `last_position` int32 (1), `total_length` int32 scalar, and per layer i
 * `past_key.i` and `past_value.i` (1, kvHeads, past, headDim). Outputs: `logits` float32 (1, vocab) of the last token, `next_token`
 * int64 (1), and `present_key.i`, `present_value.i`. Fed the same buffer as past and present, attention appends in place.
 */
export function buildDecoderGraph({ spec, weights, config, target, positions }: DecoderGraphOptions): Graph {
  const g = new GraphBuilder();
  const context = { g, weights, target };
  const embeddings = g.input("inputs_embeds", "float32", ["tokens", spec.hiddenSize]);
  const shared: Shared = {
    context,
    spec,
    lastPosition: g.input("last_position", "int32", [1]),
    totalLength: g.input("total_length", "int32", []),
    ...rotaryConstants(context, spec, positions),
  };
  const { prefix, head } = decoderNames({ weights, config });
  refuseUnusedInDecoder(weights, spec, { prefix, head });
  let hidden = cast(g, embeddings, target.compute);
  for (let layer = 0; layer < spec.windows.length; layer++) {
    hidden = decoderLayer(shared, hidden, `${prefix}layers.${layer}.`, layer);
  }
  const normed = rmsNorm(g, hidden, weight(context, `${prefix}norm.weight`, [spec.hiddenSize]), spec.epsilon);
  const logits = cast(g, linear(context, normed, { name: head, outputs: spec.vocabSize }), "float32");
  const next = g.node("ArgMax", [logits], [{ type: "int64", shape: [1] }], {
    attributes: { axis: { int: -1 }, keepdims: { int: 0 } },
  })[0]!;
  g.output(logits, "logits");
  g.output(next, "next_token");
  return g.finish();
}

/** Only the last token goes on to what follows the last attention: the rest of its layer and the output head. */
function takeLast(g: GraphBuilder, hidden: Value): Value {
  const last = takeOne(g, hidden, 0, -1);
  return reshape(g, last, [1, -1], [1, ...last.shape]);
}

function rotaryConstants(
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

function decoderLayer(shared: Shared, hidden: Value, prefix: string, layer: number): Value {
  const { context, spec } = shared;
  const { g } = context;
  const norm = (x: Value, name: string): Value =>
    rmsNorm(g, x, weight(context, `${prefix}${name}.weight`, [spec.hiddenSize]), spec.epsilon);
  const gathered = attention(shared, norm(hidden, "input_layernorm"), prefix, layer);
  const isLast = layer === spec.windows.length - 1;
  const [kept, mixed] = isLast ? [takeLast(g, hidden), takeLast(g, gathered)] : [hidden, gathered];
  const attended = add(g, kept, attentionOutput(shared, mixed, prefix));
  return add(g, attended, feedForward(shared, norm(attended, "post_attention_layernorm"), prefix));
}

/** What the heads gather, before the output projection: (tokens, heads * headDim). */
function attention({ context, spec, ...inputs }: Shared, x: Value, prefix: string, layer: number): Value {
  const { g, target } = context;
  const { heads, kvHeads, headDim } = spec;
  const project = (name: "q" | "k" | "v", count: number): Value => {
    const stem = `${prefix}self_attn.${name}_proj`;
    const bias = spec.queryBias ? `${stem}.bias` : undefined;
    const flat = linear(context, x, { name: `${stem}.weight`, outputs: count * headDim, bias });
    const normed =
      spec.headNorms && name !== "v" ? headNorm(context, flat, `${prefix}self_attn.${name}_norm`, spec) : flat;
    return reshape(g, normed, [1, -1, count * headDim], [1, "tokens", count * headDim]);
  };
  // bfloat16 cannot cross into JavaScript, so such a cache is kept as float32 outside of the graph.
  const cacheType = target.compute === "bfloat16" ? "float32" : target.compute;
  const past = (name: string): Value =>
    cast(g, g.input(`past_${name}.${layer}`, cacheType, [1, kvHeads, "past", headDim]), target.compute);
  const { output, presentKey, presentValue } = groupQueryAttention(
    g,
    {
      ...inputs,
      query: project("q", heads),
      key: project("k", kvHeads),
      value: project("v", kvHeads),
      pastKey: past("key"),
      pastValue: past("value"),
    },
    { heads, kvHeads, window: spec.windows[layer], presentLength: "present" },
  );
  g.output(cast(g, presentKey, cacheType), `present_key.${layer}`);
  g.output(cast(g, presentValue, cacheType), `present_value.${layer}`);
  return reshape(g, output, [-1, heads * headDim], ["tokens", heads * headDim]);
}

function attentionOutput({ context, spec }: Shared, mixed: Value, prefix: string): Value {
  const bias = spec.outputBias ? `${prefix}self_attn.o_proj.bias` : undefined;
  return linear(context, mixed, { name: `${prefix}self_attn.o_proj.weight`, outputs: spec.hiddenSize, bias });
}

/** RMSNorm of every head on its own: x (tokens, heads * headDim). */
function headNorm(context: GraphContext, x: Value, name: string, { headDim, epsilon }: DecoderSpec): Value {
  const { g } = context;
  const width = x.shape[1] as number;
  const perHead = reshape(g, x, [-1, width / headDim, headDim], ["tokens", width / headDim, headDim]);
  const normed = rmsNorm(g, perHead, weight(context, `${name}.weight`, [headDim]), epsilon);
  return reshape(g, normed, [-1, width], x.shape);
}

/** down(silu(gate(x)) * up(x)). Source: GLU Variants, arXiv 2002.05202. */
function feedForward({ context, spec }: Shared, x: Value, prefix: string): Value {
  const project = (input: Value, name: string, outputs: number): Value => {
    const stem = `${prefix}mlp.${name}_proj`;
    const bias = spec.mlpBias ? `${stem}.bias` : undefined;
    return linear(context, input, { name: `${stem}.weight`, outputs, bias });
  };
  const gate = quickGelu(context.g, project(x, "gate", spec.intermediateSize), 1);
  return project(mul(context.g, gate, project(x, "up", spec.intermediateSize)), "down", spec.hiddenSize);
}
