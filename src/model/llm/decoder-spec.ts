import { z } from "zod";
import { InputError } from "../../errors.js";
import { layerCount, orElse, size, unsupported } from "../config-fields.js";
import { LLAMA_TENSORS, type DecoderTensors } from "./decoder-tensors.js";
import { readRope, ropeFields, turnedDimensions, type Rope } from "./rope.js";

/** The numbers and flags that a decoder's graph is built from; families differ in these alone. */
export interface DecoderSpec {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  /** Key/value heads; each serves heads / kvHeads query heads. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly epsilon: number;
  /** Longest sequence, prompt and answer together. */
  readonly maxPositions: number;
  readonly queryBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** Whether the output head has one. */
  readonly headBias: boolean;
  readonly activation: Activation;
  /** RMSNorm, or LayerNorm, which also subtracts the mean. */
  readonly norm: "rms" | "layer";
  /** Of LayerNorms. */
  readonly normBias: boolean;
  /** What queries and keys are normalised by, where the family does so: each head, or all heads of a token together. */
  readonly headNorm: "head" | "row";
  /** Attention and feed-forward part take the same input, and both are added to it. */
  readonly isParallel: boolean;
  /** What both are multiplied by before they are added. */
  readonly residualScale: number;
  /** What logits are multiplied by. */
  readonly logitScale: number;
  /** Pairs that are turned together are neighbours, and not the two halves of what is turned. */
  readonly turnsNeighbours: boolean;
  /** What the weights of every RMSNorm are added to. */
  readonly normOffset: 0 | 1;
  /** What the input embeddings of tokens are multiplied by; the output head takes them as they are. */
  readonly embeddingScale: number;
  readonly attention: AttentionSpec;
  /** Logits beyond it are bent: cap * tanh(logit / cap). */
  readonly logitCap?: number | undefined;
  readonly tensors: DecoderTensors;
  /** One entry per layer. */
  readonly layers: readonly LayerSpec[];
}

/** Of the gate of a feed-forward layer, or of its first layer where there is none: SiLU, or GELU by its tanh form or exact. */
export type Activation = "silu" | "gelu_tanh" | "gelu";

export interface AttentionSpec {
  /** What scores are multiplied by; 1 / sqrt(headDim) when left out. */
  readonly scale?: number | undefined;
  /** Scores beyond it are bent, before the mask: cap * tanh(score / cap). */
  readonly cap?: number | undefined;
}

/** What may differ from layer to layer. */
export interface LayerSpec {
  /** How many tokens, itself included, a token looks back on; undefined is all. */
  readonly window: number | undefined;
  readonly rope: Rope;
}

/** The fields that every family of this shape shares. */
export const decoderFields = {
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  rms_norm_eps: orElse(z.number().positive(), 1e-6),
  max_position_embeddings: size,
  hidden_act: unsupported("silu", "swish"),
  attention_bias: orElse(z.boolean(), false),
  mlp_bias: orElse(z.boolean(), false),
  partial_rotary_factor: unsupported(1),
  // MiniCPM's, whose tensors have llama's names.
  scale_emb: unsupported(1),
  scale_depth: unsupported(),
  is_causal: unsupported(true),
  per_layer_config: unsupported(),
  attn_logit_softcapping: unsupported(),
  final_logit_softcapping: unsupported(),
  ...ropeFields,
};

export const decoderSchema = z.looseObject(decoderFields);
export type DecoderConfig = z.infer<typeof decoderSchema>;

/** GroupQueryAttention's rotation takes whole vectors of 16 numbers only. */
const HEAD_DIM_STEP = 16;

/** Where a family differs from llama; `windows` and `ropes` are those of its layers. */
export interface FamilyDifference extends Partial<DecoderSpec> {
  readonly windows?: readonly LayerSpec["window"][];
  /** By layer, where they differ. */
  readonly ropes?: readonly Rope[];
  /** The part of each head that the class of the family turns, where a config may say another. */
  readonly rotaryShare?: number;
}

/**
 * Turns the shared fields into a spec, llama's but for what is `different`.
 *
 * @throws InputError for sizes that do not fit one another and heads that attention cannot take
 */
export function decoderSpec(
  config: DecoderConfig,
  where: string,
  { windows = [], ropes = [], rotaryShare: share, ...different }: FamilyDifference = {},
): DecoderSpec {
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  const headDim = config.head_dim ?? config.hidden_size / heads;
  if (heads % kvHeads !== 0) {
    throw new InputError(
      `${where}/config.json: num_key_value_heads is ${kvHeads}, expected a divisor of num_attention_heads ${heads}`,
    );
  }
  if (headDim % HEAD_DIM_STEP !== 0) {
    throw new InputError(
      `${where}/config.json: heads of ${headDim} dimensions cannot be run here, supported: multiples of ${HEAD_DIM_STEP}`,
    );
  }
  const rope = readRope(config, where, { share });
  for (const each of [rope, ...ropes]) requireTurned(each, headDim, where);
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    heads,
    kvHeads,
    headDim,
    epsilon: config.rms_norm_eps,
    maxPositions: config.max_position_embeddings,
    queryBias: config.attention_bias,
    outputBias: config.attention_bias,
    mlpBias: config.mlp_bias,
    headBias: false,
    activation: "silu",
    norm: "rms",
    normBias: false,
    headNorm: "head",
    isParallel: false,
    residualScale: 1,
    logitScale: 1,
    turnsNeighbours: false,
    normOffset: 0,
    embeddingScale: 1,
    attention: {},
    tensors: LLAMA_TENSORS,
    layers: Array.from({ length: config.num_hidden_layers }, (_, layer) => {
      return { window: windows[layer], rope: ropes[layer] ?? rope };
    }),
    ...different,
  };
}

/** @throws InputError for a part of heads that attention cannot turn, and for other than one factor for each of its pairs */
function requireTurned(rope: Rope, headDim: number, where: string): void {
  const turned = turnedDimensions(rope, headDim);
  if (turned % HEAD_DIM_STEP !== 0 || turned === 0) {
    throw new InputError(
      `${where}/config.json: turns ${turned} of ${headDim} dimensions of a head (partial_rotary_factor), supported: multiples of ${HEAD_DIM_STEP}`,
    );
  }
  const { scaling } = rope;
  if (scaling.kind !== "longrope" || scaling.short.length === turned / 2) return;
  throw new InputError(
    `${where}/config.json: short_factor and long_factor have ${scaling.short.length} numbers, expected ${turned / 2}, one for each pair of dimensions`,
  );
}
