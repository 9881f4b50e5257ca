import { z } from "zod";
import { orElse, readConfig, unsupported } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import type { LlmFamily } from "./llm-family.js";
import { rotaryShare } from "./rope.js";

const epsilon = z.number().positive().nullish();

const schema = z.looseObject({
  ...decoderFields,
  layer_norm_eps: epsilon,
  partial_rotary_factor: rotaryShare,
  // What the first files, StableLMEpoch's, call the same.
  norm_eps: epsilon,
  rope_pct: rotaryShare,
  use_qkv_bias: orElse(z.boolean(), false),
  use_parallel_residual: orElse(z.boolean(), false),
  qk_layernorm: unsupported(false),
});

/** StableLM 2 and 3B: llama with LayerNorms, of which a quarter of each head is turned. Source: transformers, modeling_stablelm.py. */
export const stablelm: LlmFamily = {
  modelTypes: ["stablelm"],
  defaults: {
    vocab_size: 50_304,
    hidden_size: 2560,
    intermediate_size: 6912,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 32,
    max_position_embeddings: 4096,
    eos_token_id: 0,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const own = { rms_norm_eps: fields.layer_norm_eps ?? fields.norm_eps ?? 1e-5, partial_rotary_factor: null };
    return decoderSpec({ ...fields, ...own }, where, {
      ...{ norm: "layer", normBias: true, isParallel: fields.use_parallel_residual },
      ...{ queryBias: fields.use_qkv_bias, outputBias: false, mlpBias: false },
      rotaryShare: fields.partial_rotary_factor ?? fields.rope_pct ?? 0.25,
    });
  },
};
