import { InputError } from "../../errors.js";
import type { Graph, Value } from "../../onnx/graph.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import { add, cast, mul, reshape, takeOne } from "../../onnx/operators.js";
import { gatherTableRows, scalar, sub } from "../../onnx/vector-operators.js";
import { graphContext, type GraphContext, type GraphTarget } from "../graph-context.js";
import { readDecoder, type Decoder } from "./decoder.js";
import type { LlmFolder } from "./llm-folder.js";
import { addDecoder, ropeConstants, type DecoderFrame } from "./decoder-layers.js";

/** Added to the score of a token that is not seen: its share is 0 in every float type. */
export const UNSEEN = -1e4;

export interface DecoderGraphOptions {
  readonly target: GraphTarget;
  /** Positions that the tables of RoPE cover; at most spec.maxPositions. */
  readonly positions: number;
  /** Whether its tokens may be those of several branches behind one prefix, which do not see each other. */
  readonly branches?: boolean | undefined;
}

/**
 * The graph of a decoder with a key/value cache, batch 1.
 *
 * Inputs: `inputs_embeds` float32 (tokens, hidden), `last_position` int32 (1), `total_length` int32 scalar, and per layer i
 * `past_key.i` and `past_value.i` (1, kvHeads, past, headDim). Outputs: `logits` float32 (1, vocab) of the last token, `next_token`
 * int64 (1), and `present_key.i`, `present_value.i`. Fed the same buffer as past and present, attention appends in place.
 *
 * With `branches` it takes four more: `positions` int64 (1, tokens), which need not count up, and `key_positions` int64 (total length), those
 * of all that lies in the cache; `bias` float32 (1, 1, tokens, total length), which is added to the scores of attention; and `wanted_rows`
 * int64 (wanted), the tokens whose logits (wanted, vocab) it gives. Attention takes no batch over a past, so sequences that share a prefix
 * are run side by side in one.
 *
 * @throws InputError for tensors that are missing, of another shape, or used by no layer
 */
export function buildDecoderGraph(
  decoder: Decoder,
  { target, positions, branches = false }: DecoderGraphOptions,
): Graph {
  const context = graphContext({ g: new GraphBuilder(), weights: decoder.weights, target });
  return fillGraph(context, decoder, { positions, branches });
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
  fillGraph(context, decoder, { positions: 1, branches: false });
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

function fillGraph(
  context: GraphContext,
  decoder: Decoder,
  { positions, branches }: { readonly positions: number; readonly branches: boolean },
): Graph {
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
    ...(branches ? branchInputs(context) : { wanted: (rows: Value) => takeLast(g, rows) }),
    past: (part: string, layer: number) =>
      cast(g, g.input(`past_${part}.${layer}`, cacheType, cacheShape), target.compute),
    present: (part: string, layer: number, cache: Value) =>
      g.output(cast(g, cache, cacheType), `present_${part}.${layer}`),
  };
  const logits = addDecoder(frame, embeddings);
  const next = g.node("ArgMax", [logits], [{ type: "int64", shape: [logits.shape[0]!] }], {
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

/** What says which tokens see each other, and which are wanted. */
function branchInputs({ g, target }: GraphContext): Pick<DecoderFrame, "positions" | "sight" | "wanted"> {
  const rows = g.input("wanted_rows", "int64", ["wanted"]);
  const positions = g.input("positions", "int64", [1, "tokens"]);
  const keys = g.input("key_positions", "int64", ["total"]);
  const bias = g.input("bias", "float32", [1, 1, "tokens", "total"]);
  const column = reshape(g, positions, [1, 1, -1, 1], [1, 1, "tokens", 1]);
  const row = reshape(g, keys, [1, 1, 1, -1], [1, 1, 1, "total"]);
  const distance = cast(g, sub(g, column, row), "float32");
  // Attention's own window counts what lies in the cache between two tokens, whichever sequence it belongs to.
  const within = new Map<number | undefined, Value>([[undefined, cast(g, bias, target.compute)]]);
  const biasOf = (window: number | undefined): Value => {
    const known = within.get(window);
    if (known !== undefined) return known;
    const seen = g.node(
      "Clip",
      [sub(g, scalar(g, window! - 1), distance), scalar(g, -1), scalar(g, 0)],
      [distance],
    )[0]!;
    const made = cast(g, add(g, bias, mul(g, seen, scalar(g, -UNSEEN))), target.compute);
    within.set(window, made);
    return made;
  };
  return {
    positions,
    sight: (window) => ({ bias: biasOf(window), window: undefined }),
    wanted: (x) => gatherTableRows(g, x, rows),
  };
}
