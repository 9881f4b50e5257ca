import { readConfig } from "../config-fields.js";
import { decoderSchema, decoderSpec } from "./decoder-spec.js";
import { LLAMA_TENSORS } from "./decoder-tensors.js";
import { DEFAULT_SIZES } from "./llama.js";
import type { LlmFamily } from "./llm-family.js";

const TENSORS = {
  ...LLAMA_TENSORS,
  layer: {
    query: "self_attn.q_proj",
    key: "self_attn.k_proj",
    value: "self_attn.v_proj",
    output: "self_attn.o_proj",
    gate: "mlp.gate_proj",
    up: "mlp.up_proj",
    down: "mlp.down_proj",
    queryNorm: "self_attn.q_norm",
    keyNorm: "self_attn.k_norm",
    attentionOutputNorm: "post_attention_layernorm",
    feedForwardOutputNorm: "post_feedforward_layernorm",
  },
};

/**
 * OLMo 2: norms behind both halves of a layer and none in front; queries and keys are normalised, all heads together. Source:
 * transformers, modeling_olmo2.py.
 */
export const olmo2: LlmFamily = {
  modelTypes: ["olmo2"],
  defaults: {
    ...DEFAULT_SIZES,
    vocab_size: 50_304,
    intermediate_size: 11_008,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-5,
    eos_token_id: 50_279,
  },
  read: (config, where) =>
    decoderSpec(readConfig(decoderSchema, config, where), where, { headNorm: "row", mlpBias: false, tensors: TENSORS }),
};
