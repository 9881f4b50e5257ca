import { z } from "zod";
import { InputError } from "../../errors.js";
import { orElse, size, unsupported } from "../config-fields.js";
import { readRotary, rotaryFields, type Rotary } from "./rope.js";

/** What a decoder's graph is built from: the differences between the families, as numbers and flags. */
export interface DecoderSpec {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  /** Key/value heads; each serves heads / kvHeads query heads. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly epsilon: number;
  readonly rotary: Rotary;
  /** Longest sequence, prompt and answer together. */
  readonly maxPositions: number;
  readonly queryBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** RMSNorm of every head of queries and keys before the rotation. */
  readonly headNorms: boolean;
  /** Per layer: how many tokens, itself included, a token looks back on; undefined is all. Its length is the layer count. */
  readonly windows: readonly (number | undefined)[];
}

/** The fields that every family of this shape shares. */
export const decoderFields = {
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  rms_norm_eps: orElse(z.number().positive(), 1e-6),
  max_position_embeddings: size,
  hidden_act: unsupported("silu"),
  attention_bias: orElse(z.boolean(), false),
  mlp_bias: orElse(z.boolean(), false),
  partial_rotary_factor: unsupported(1),
  quantization_config: unsupported(),
  attn_logit_softcapping: unsupported(),
  final_logit_softcapping: unsupported(),
  ...rotaryFields,
};

export const decoderSchema = z.looseObject(decoderFields);
export type DecoderConfig = z.infer<typeof decoderSchema>;

/** GroupQueryAttention's rotation takes whole vectors of 16 numbers only. */
const HEAD_DIM_STEP = 16;

/** Turns the shared fields into a spec; `different` holds what the family does otherwise. */
export function decoderSpec(config: DecoderConfig, where: string, different: Partial<DecoderSpec> = {}): DecoderSpec {
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
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    heads,
    kvHeads,
    headDim,
    epsilon: config.rms_norm_eps,
    rotary: readRotary(config, where),
    maxPositions: config.max_position_embeddings,
    queryBias: config.attention_bias,
    outputBias: config.attention_bias,
    mlpBias: config.mlp_bias,
    headNorms: false,
    windows: Array.from({ length: config.num_hidden_layers }, () => undefined),
    ...different,
  };
}
