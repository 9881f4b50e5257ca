import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { slidingWindow } from "./layer-windows.js";
import { DEFAULT_SIZES } from "./llama.js";
import type { LlmFamily } from "./llm-family.js";

const schema = z.looseObject({ ...decoderFields, sliding_window: slidingWindow });

/** Mistral 7B and relatives: llama with a sliding window in every layer. Source: transformers, modeling_mistral.py. */
export const mistral: LlmFamily = {
  modelTypes: ["mistral", "llava_mistral"],
  defaults: {
    ...DEFAULT_SIZES,
    vocab_size: 32_000,
    intermediate_size: 14_336,
    num_key_value_heads: 8,
    eos_token_id: 2,
    max_position_embeddings: 131_072,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const window = fields.sliding_window ?? undefined;
    const windows = Array.from({ length: fields.num_hidden_layers }, () => window);
    return decoderSpec(fields, where, { windows, queryBias: false, outputBias: false, mlpBias: false });
  },
};
