import { z } from "zod";
import { InputError } from "../../errors.js";
import { layerCount, orElse, size, unsupported } from "../config-fields.js";
import { LLAMA_TENSORS, type DecoderTensors } from "./decoder-tensors.js";
import { readRope, ropeFields, type Rope } from "./rope.js";

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
  readonly activation: Activation;
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

/** Of the gate of a feed-forward layer: SiLU, or GELU by its tanh form. */
export type Activation = "silu" | "gelu_tanh";

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
}

/**
 * Turns the shared fields into a spec, llama's but for what is `different`.
 *
 * @throws InputError for sizes that do not fit one another and heads that attention cannot take
 */
export function decoderSpec(
  config: DecoderConfig,
  where: string,
  { windows = [], ropes = [], ...different }: FamilyDifference = {},
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
  const rope = readRope(config, where);
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
    activation: "silu",
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
