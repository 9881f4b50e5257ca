import { readConfig } from "../config-fields.js";
import { decoderSchema, decoderSpec } from "./decoder-spec.js";
import type { LlmFamily } from "./llm-family.js";

/** Sizes of 7B, which transformers' classes share. */
export const DEFAULT_SIZES = { hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32 };

/** Llama 1 to 3, and what calls itself llama: Vicuna, TinyLlama, SmolLM. Source: transformers, modeling_llama.py. */
export const llama: LlmFamily = {
  // LLaVA 1.5's own files say "llava" and hold llama's fields.
  modelTypes: ["llama", "llava_llama", "llava"],
  defaults: {
    ...DEFAULT_SIZES,
    vocab_size: 32_000,
    intermediate_size: 11_008,
    eos_token_id: 2,
    max_position_embeddings: 2048,
  },
  read: (config, where) => decoderSpec(readConfig(decoderSchema, config, where), where),
};
