import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields } from "./decoder-spec.js";
import { LLAMA_TENSORS } from "./decoder-tensors.js";
import { GEMMA_DEFAULTS, gemmaFields, gemmaSpec, tanhActivation } from "./gemma-fields.js";
import { alternatingTypes, layerTypes, slidingWindow } from "./layer-windows.js";
import type { LlmFamily } from "./llm-family.js";

/** A cap that transformers' class has where config.json says nothing of it; null is none. */
const cap = (byDefault: number) => z.number().positive().nullable().default(byDefault);

const schema = z.looseObject({
  ...decoderFields,
  ...gemmaFields,
  ...tanhActivation,
  query_pre_attn_scalar: z.number().positive().default(256),
  sliding_window: slidingWindow,
  layer_types: layerTypes,
  attn_logit_softcapping: cap(50),
  final_logit_softcapping: cap(30),
});

/** Norms before and behind each half of a layer, which Gemma 3 has too. */
export const GEMMA2_TENSORS = {
  ...LLAMA_TENSORS,
  layer: {
    ...LLAMA_TENSORS.layer,
    attentionOutputNorm: "post_attention_layernorm",
    feedForwardNorm: "pre_feedforward_layernorm",
    feedForwardOutputNorm: "post_feedforward_layernorm",
  },
};

/** Every second layer slides, the first one with them. */
const PATTERN = 2;

/** Gemma 2: every second layer looks back a window, scores and logits are capped. Source: transformers, modeling_gemma2.py. */
export const gemma2: LlmFamily = {
  modelTypes: ["gemma2", "llava_gemma2"],
  defaults: {
    ...GEMMA_DEFAULTS,
    vocab_size: 256_000,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const types = alternatingTypes({ ...fields, pattern: PATTERN }, where);
    return gemmaSpec({ ...fields, attn_logit_softcapping: null, final_logit_softcapping: null }, where, {
      windows: types.map((type) => (type === "sliding_attention" ? (fields.sliding_window ?? undefined) : undefined)),
      attention: { scale: fields.query_pre_attn_scalar ** -0.5, cap: fields.attn_logit_softcapping ?? undefined },
      logitCap: fields.final_logit_softcapping ?? undefined,
      tensors: GEMMA2_TENSORS,
    });
  },
};

/** Whether a config has what only Gemma 2's have, whatever its `model_type`. */
export const saysGemma2 = (config: unknown): boolean =>
  ["query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping"].some(
    (key) => (config as Readonly<Record<string, unknown>> | null)?.[key] != null,
  );
