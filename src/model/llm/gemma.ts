import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields } from "./decoder-spec.js";
import { GEMMA_DEFAULTS, gemmaFields, gemmaSpec } from "./gemma-fields.js";
import { gemma2, saysGemma2 } from "./gemma2.js";
import type { LlmFamily } from "./llm-family.js";

const schema = z.looseObject({ ...decoderFields, ...gemmaFields });

/** Gemma 1. Source: transformers, modeling_gemma.py. */
export const gemma: LlmFamily = {
  modelTypes: ["gemma", "llava_gemma"],
  defaults: {
    ...GEMMA_DEFAULTS,
    vocab_size: 256_000,
    hidden_size: 3072,
    intermediate_size: 24_576,
    num_hidden_layers: 28,
    num_attention_heads: 16,
    num_key_value_heads: 16,
  },
  read: (config, where) => {
    // Folders of LLaVA's descendants that say "llava_gemma" hold Gemma 1 or Gemma 2.
    if (saysGemma2(config)) return gemma2.read(config, where);
    return gemmaSpec(readConfig(schema, config, where), where);
  },
};
