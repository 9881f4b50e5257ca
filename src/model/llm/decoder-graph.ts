import { InputError } from "../../errors.js";
import type { Graph, Value } from "../../onnx/graph.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import { cast, reshape, takeOne } from "../../onnx/operators.js";
import { graphContext, type GraphContext, type GraphTarget } from "../graph-context.js";
import { readDecoder, type Decoder } from "./decoder.js";
import type { LlmFolder } from "./llm-folder.js";
import { addDecoder, ropeConstants } from "./decoder-layers.js";

export interface DecoderGraphOptions {
  readonly target: GraphTarget;
  /** Positions that the tables of RoPE cover; at most spec.maxPositions. */
  readonly positions: number;
}

/**
 * The graph of a decoder with a key/value cache, batch 1.
 *
 * Inputs: `inputs_embeds` float32 (tokens, hidden), `last_position` int32 (1), `total_length` int32 scalar, and per layer i
 * `past_key.i` and `past_value.i` (1, kvHeads, past, headDim). Outputs: `logits` float32 (1, vocab) of the last token, `next_token`
 * int64 (1), and `present_key.i`, `present_value.i`. Fed the same buffer as past and present, attention appends in place.
 *
 * @throws InputError for tensors that are missing, of another shape, or used by no layer
 */
export function buildDecoderGraph(decoder: Decoder, { target, positions }: DecoderGraphOptions): Graph {
  return fillGraph(graphContext({ g: new GraphBuilder(), weights: decoder.weights, target }), decoder, positions);
}

/**
 * The names of the tensors that a decoder consists of, its input embeddings included.
 *
 * @throws InputError as `buildDecoderGraph`, which checks each of them
 */
export function decoderTensorNames(decoder: Decoder): ReadonlySet<string> {
  const { weights, table } = decoder;
  const g = new GraphBuilder({ onlyNames: true });
  const context = graphContext({ g, weights, target: { compute: "float32" } });
  // No tensor depends on the number of positions.
  fillGraph(context, decoder, 1);
  return new Set([table.tensor.name, ...context.used]);
}

/** Whether an LLM has all that running it takes: a family that runs, and every tensor of it. */
export function hasAllWeights(llm: LlmFolder): boolean {
  try {
    decoderTensorNames(readDecoder(llm));
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

function fillGraph(context: GraphContext, decoder: Decoder, positions: number): Graph {
  const { spec } = decoder;
  const { g, target } = context;
  const { kvHeads, headDim } = spec;
  // bfloat16 cannot cross into JavaScript, so such a cache is kept as float32 outside of the graph.
  const cacheType = target.compute === "bfloat16" ? "float32" : target.compute;
  // Without a name where it is cast: onnxruntime 1.30 on CUDA takes equal names for a buffer that may be used again.
  const cacheShape = [1, kvHeads, cacheType === target.compute ? "past" : "", headDim];
  const embeddings = g.input("inputs_embeds", "float32", ["tokens", spec.hiddenSize]);
  const frame = {
    ...{ context, decoder, rope: ropeConstants(context, spec, positions) },
    lastPosition: g.input("last_position", "int32", [1]),
    totalLength: g.input("total_length", "int32", []),
    perSequence: (rows: Value) => reshape(g, rows, [1, -1, rows.shape[1] as number], [1, "tokens", rows.shape[1]!]),
    wanted: (rows: Value) => takeLast(g, rows),
    past: (part: string, layer: number) =>
      cast(g, g.input(`past_${part}.${layer}`, cacheType, cacheShape), target.compute),
    present: (part: string, layer: number, cache: Value) =>
      g.output(cast(g, cache, cacheType), `present_${part}.${layer}`),
  };
  const logits = addDecoder(frame, embeddings);
  const next = g.node("ArgMax", [logits], [{ type: "int64", shape: [1] }], {
    attributes: { axis: { int: -1 }, keepdims: { int: 0 } },
  })[0]!;
  g.output(logits, "logits");
  g.output(next, "next_token");
  return g.finish();
}

function takeLast(g: GraphBuilder, rows: Value): Value {
  const last = takeOne(g, rows, 0, -1);
  return reshape(g, last, [1, -1], [1, ...last.shape]);
}
