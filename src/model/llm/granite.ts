import { z } from "zod";
import { orElse, readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { DEFAULT_SIZES } from "./llama.js";
import type { LlmFamily } from "./llm-family.js";

const factor = orElse(z.number().positive(), 1);

const schema = z.looseObject({
  ...decoderFields,
  embedding_multiplier: factor,
  attention_multiplier: factor,
  residual_multiplier: factor,
  logits_scaling: factor,
});

/** IBM's Granite 3, dense: llama with four factors. Source: transformers, modeling_granite.py. */
export const granite: LlmFamily = {
  modelTypes: ["granite"],
  defaults: {
    ...DEFAULT_SIZES,
    vocab_size: 32_000,
    intermediate_size: 11_008,
    max_position_embeddings: 2048,
    eos_token_id: 2,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    return decoderSpec(fields, where, {
      embeddingScale: fields.embedding_multiplier,
      attention: { scale: fields.attention_multiplier },
      residualScale: fields.residual_multiplier,
      logitScale: 1 / fields.logits_scaling,
    });
  },
};
