import { InputError } from "../../errors.js";
import { addDecoder, ropeConstants, type CachePart, type DecoderFrame } from "../../model/llm/decoder-layers.js";
import type { Decoder } from "../../model/llm/decoder.js";
import type { DecoderSpec, LayerSpec } from "../../model/llm/decoder-spec.js";
import { graphContext } from "../../model/graph-context.js";
import type { QuantisedTensor } from "../../tensor/blocks.js";
import { requireShape } from "../../checkpoint/weights.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import type { Dimension, Graph, Value } from "../../onnx/graph.js";
import { cast, concat, expand, mul, reshape, reshapeTo, takeOne } from "../../onnx/operators.js";
import { gatherTableRows, scalar, slice, sub } from "../../onnx/vector-operators.js";

/** Far below every score, and far from the end of float32. */
const MASKED = 1e9;

/** Longest sequence that rotary tables are written for: 67 MB for heads of 128. Llama 3.1 and Qwen2.5 reach as far. */
const MAX_POSITIONS = 131_072;

/**
 * The table of input embeddings: `input_ids` int64 (batch, sequence) to `inputs_embeds` float32 (batch, sequence, hidden). The image
 * token, whose vectors are put in its place afterwards, may be one more than there are rows.
 */
export function buildEmbeddingModel({ spec, weights, table }: Decoder, imageToken: number): Graph {
  const g = new GraphBuilder({ onlyStandard: true });
  const { vocabSize } = table;
  const tensor = requireShape(weights, table.tensor.name, table.tensor.shape);
  const ids = g.input("input_ids", "int64", BATCH_AND_SEQUENCE);
  const rows = imageToken < vocabSize ? ids : withoutImages(g, ids, imageToken);
  const stored = cast(g, gatherTableRows(g, g.weight(tensor), rows), "float32");
  g.output(spec.embeddingScale === 1 ? stored : mul(g, stored, scalar(g, spec.embeddingScale)), "inputs_embeds");
  return g.finish();
}

const BATCH_AND_SEQUENCE = ["batch_size", "sequence_length"] as const;

/** Token 0 in place of the image token; any other beyond the table is still an error. */
function withoutImages(g: GraphBuilder, ids: Value, imageToken: number): Value {
  const isImage = g.node("Equal", [ids, g.int64([imageToken], [])], [{ type: "bool", shape: ids.shape }])[0]!;
  return g.node("Where", [isImage, g.int64([0], []), ids], [ids])[0]!;
}

/**
 * A decoder as Hugging Face's tools export it.
 *
 * Inputs: `inputs_embeds` float32 (batch, sequence, hidden); `attention_mask` int64 (batch, past + sequence), 0 for padding, which
 * stands in front; per layer i `past_key_values.i.key` and `.value` float32 (batch, kvHeads, past, headDim). Outputs: `logits` float32
 * (batch, 1, vocab) of the last token, and `present.i.key`, `present.i.value` (batch, kvHeads, past + sequence, headDim).
 *
 * @throws InputError for an LLM whose positions turn otherwise in long sequences, and as `addDecoder` does
 */
export function buildDecoderModel(decoder: Decoder, quantised?: ReadonlyMap<string, QuantisedTensor>): Graph {
  const { spec, weights } = decoder;
  const positions = Math.min(spec.maxPositions, MAX_POSITIONS);
  requireOneTable(decoder, positions);
  const g = new GraphBuilder({ onlyStandard: true });
  const context = graphContext({ g, weights, target: { compute: "float32", ...(quantised && { quantised }) } });
  const { hiddenSize, vocabSize } = spec;
  const embeddings = g.input("inputs_embeds", "float32", [...BATCH_AND_SEQUENCE, hiddenSize]);
  const sizes = new Sizes(g, embeddings);
  const frame: DecoderFrame = {
    ...{ context, decoder, rope: ropeConstants(context, spec, positions) },
    ...maskInputs(g, sizes),
    perSequence: (rows) => sizes.perSequence(rows),
    wanted: (rows) => takeOne(g, sizes.perSequence(rows), 1, -1),
    ...cache(g, spec),
  };
  const rows = reshape(g, embeddings, [-1, hiddenSize], [ROWS, hiddenSize]);
  const logits = addDecoder(frame, rows);
  g.output(reshape(g, logits, [-1, 1, vocabSize], ["batch_size", 1, vocabSize]), "logits");
  return g.finish();
}

/** The tables of an exported graph are the same for short sequences and for long ones. */
function requireOneTable({ spec, weights }: Decoder, positions: number): void {
  for (const { rope } of spec.layers) {
    const { scaling } = rope;
    if (scaling.kind !== "longrope" || positions <= scaling.originalPositions) continue;
    throw new InputError(
      `${weights.path}: turns positions by other factors beyond ${scaling.originalPositions} tokens (longrope), and an ONNX export has one table for all lengths; take --format hf`,
    );
  }
}

/** Tokens of all sequences, one behind another. */
const ROWS = "batch_size * sequence_length";

/** Sizes that are known at run time only, as int64 values of the graph. */
class Sizes {
  /** (1) each. */
  readonly batch: Value;
  readonly sequence: Value;
  readonly #shapes = new Map<number, Value>();

  constructor(
    private readonly g: GraphBuilder,
    embeddings: Value,
  ) {
    const shape = g.node("Shape", [embeddings], [{ type: "int64", shape: [3] }])[0]!;
    this.batch = slice(g, shape, { axis: 0, start: 0, end: 1 });
    this.sequence = slice(g, shape, { axis: 0, start: 1, end: 2 });
  }

  /** Rows (batch * sequence, width) as (batch, sequence, width). */
  perSequence(rows: Value): Value {
    const width = rows.shape[1] as number;
    let shape = this.#shapes.get(width);
    if (shape === undefined) {
      shape = concat(this.g, [this.batch, this.sequence, this.g.int64([width])], 0);
      this.#shapes.set(width, shape);
    }
    return reshapeTo(this.g, rows, shape, [...BATCH_AND_SEQUENCE, width]);
  }
}

/**
 * What attention is told of padding. Positions count from the beginning of the padded sequence: they turn queries and keys, whose
 * products depend on distances alone, so padding in front changes nothing once its scores are masked.
 */
function maskInputs(g: GraphBuilder, { batch, sequence }: Sizes) {
  const mask = g.input("attention_mask", "int64", ["batch_size", "total_sequence_length"]);
  const shape = g.node("Shape", [mask], [{ type: "int64", shape: [2] }])[0]!;
  const total = slice(g, shape, { axis: 0, start: 1, end: 2 });
  const last = cast(g, sub(g, total, g.int64([1])), "int32");
  const kept = reshape(g, cast(g, mask, "float32"), [0, 1, 1, -1], ["batch_size", 1, 1, "total_sequence_length"]);
  const bias = mul(g, sub(g, kept, scalar(g, 1)), scalar(g, MASKED));
  const biasShape = concat(g, [batch, g.int64([1]), sequence, total], 0);
  const expanded = expand(g, bias, biasShape, ["batch_size", 1, "sequence_length", "total_sequence_length"]);
  return {
    lastPosition: expand(g, last, batch, ["batch_size"]),
    totalLength: cast(g, takeOne(g, shape, 0, 1), "int32"),
    sight: (window: LayerSpec["window"]) => ({ bias: expanded, window }),
  };
}

function cache(g: GraphBuilder, { kvHeads, headDim }: DecoderSpec): Pick<DecoderFrame, "past" | "present"> {
  const shape: readonly Dimension[] = ["batch_size", kvHeads, "past_sequence_length", headDim];
  const total = ["batch_size", kvHeads, "total_sequence_length", headDim];
  return {
    past: (part: CachePart, layer) => g.input(`past_key_values.${layer}.${part}`, "float32", shape),
    present: (part: CachePart, layer, value) => g.output({ ...value, shape: total }, `present.${layer}.${part}`),
  };
}
