import { z } from "zod";
import { orElse, readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { LLAMA_TENSORS } from "./decoder-tensors.js";
import type { LlmFamily } from "./llm-family.js";
import { rotaryShare } from "./rope.js";

const DEFAULT_HEAD_DIM = 128;

const schema = z.looseObject({
  ...decoderFields,
  rms_norm_eps: orElse(z.number().positive(), 1.5625e-7),
  attention_bias: orElse(z.boolean(), true),
  partial_rotary_factor: rotaryShare,
});

const TENSORS = {
  ...LLAMA_TENSORS,
  layer: {
    ...LLAMA_TENSORS.layer,
    gateUp: "mlp.gate_up_proj",
    attentionOutputNorm: "post_self_attn_layernorm",
    feedForwardOutputNorm: "post_mlp_layernorm",
  },
};

/**
 * GLM-4-0414: norms behind both halves of a layer too, gate and up in one matrix, half of each head turned, neighbours together. Source:
 * transformers, modeling_glm4.py.
 */
export const glm4: LlmFamily = {
  modelTypes: ["glm4"],
  defaults: {
    vocab_size: 151_552,
    hidden_size: 4096,
    intermediate_size: 13_696,
    num_hidden_layers: 40,
    num_attention_heads: 32,
    num_key_value_heads: 2,
    head_dim: DEFAULT_HEAD_DIM,
    max_position_embeddings: 131_072,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const own = { head_dim: fields.head_dim ?? DEFAULT_HEAD_DIM, partial_rotary_factor: null };
    return decoderSpec({ ...fields, ...own }, where, {
      ...{ turnsNeighbours: true, outputBias: false, mlpBias: false, tensors: TENSORS },
      rotaryShare: fields.partial_rotary_factor ?? 0.5,
    });
  },
};
