import { z } from "zod";
import { orElse, readConfig, unsupported } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import type { LlmFamily } from "./llm-family.js";

const schema = z.looseObject({
  ...decoderFields,
  layer_norm_eps: orElse(z.number().positive(), 1e-5),
  logit_scale: z.number().positive().default(0.0625),
  use_qk_norm: unsupported(false),
});

/**
 * Command R and Aya: one LayerNorm without a bias a layer, of which both halves are fed; neighbours are turned together. Source:
 * transformers, modeling_cohere.py.
 */
export const cohere: LlmFamily = {
  modelTypes: ["cohere"],
  defaults: {
    vocab_size: 256_000,
    hidden_size: 8192,
    intermediate_size: 22_528,
    num_hidden_layers: 40,
    num_attention_heads: 64,
    max_position_embeddings: 8192,
    rope_theta: 500_000,
    eos_token_id: 255_001,
    tie_word_embeddings: true,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    return decoderSpec({ ...fields, rms_norm_eps: fields.layer_norm_eps }, where, {
      ...{ norm: "layer", isParallel: true, turnsNeighbours: true, mlpBias: false },
      logitScale: fields.logit_scale,
    });
  },
};
