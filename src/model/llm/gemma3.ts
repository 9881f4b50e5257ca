import { z } from "zod";
import { orElse, readConfig, size, unsupported } from "../config-fields.js";
import { decoderFields } from "./decoder-spec.js";
import { GEMMA_DEFAULTS, gemmaFields, gemmaSpec, tanhActivation } from "./gemma-fields.js";
import { GEMMA2_TENSORS } from "./gemma2.js";
import { alternatingTypes, layerTypes, slidingWindow, type LayerType } from "./layer-windows.js";
import type { LlmFamily } from "./llm-family.js";
import { readRope, ropeFields, type Rope } from "./rope.js";

/** Positions are turned otherwise in the two kinds of layers; transformers 5 writes them apart. */
const ropeByType = z
  .looseObject({
    full_attention: ropeFields.rope_parameters,
    sliding_attention: ropeFields.rope_parameters,
  })
  .nullish();

const schema = z.looseObject({
  ...decoderFields,
  ...gemmaFields,
  ...tanhActivation,
  query_pre_attn_scalar: z.number().positive().default(256),
  sliding_window: slidingWindow,
  sliding_window_pattern: orElse(size, 6),
  layer_types: layerTypes,
  rope_local_base_freq: z.number().positive().nullish(),
  rope_parameters: ropeByType,
  // transformers reads it and leaves it out of its attention.
  attn_logit_softcapping: unsupported(),
  final_logit_softcapping: z.number().positive().nullish(),
});

/** What transformers' class takes where config.json says nothing. */
const THETAS = { full_attention: 1_000_000, sliding_attention: 10_000 };

const TENSORS = {
  ...GEMMA2_TENSORS,
  layer: { ...GEMMA2_TENSORS.layer, queryNorm: "self_attn.q_norm", keyNorm: "self_attn.k_norm" },
};

/**
 * Gemma 3, its text part: five layers of six look back a window and turn positions by a base of their own; heads are normalised.
 * Source: transformers, modeling_gemma3.py.
 */
export const gemma3: LlmFamily = {
  modelTypes: ["gemma3_text", "gemma3"],
  defaults: {
    ...GEMMA_DEFAULTS,
    vocab_size: 262_208,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    max_position_embeddings: 131_072,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const types = alternatingTypes({ ...fields, pattern: fields.sliding_window_pattern }, where);
    const ropes = ropesOf(fields, new Set(types), where);
    return gemmaSpec({ ...fields, rope_scaling: null, rope_parameters: null, final_logit_softcapping: null }, where, {
      windows: types.map((type) => (type === "sliding_attention" ? (fields.sliding_window ?? undefined) : undefined)),
      ropes: types.map((type) => ropes.get(type)!),
      attention: { scale: fields.query_pre_attn_scalar ** -0.5 },
      logitCap: fields.final_logit_softcapping ?? undefined,
      tensors: TENSORS,
    });
  },
};

/**
 * By the types of layers that there are: `rope_theta` is of those that see all, where `rope_parameters` does not say otherwise, and
 * `rope_scaling` changes what it says of them. Source: transformers, Gemma3TextConfig.convert_rope_params_to_dict.
 */
function ropesOf(
  fields: z.infer<typeof schema>,
  types: ReadonlySet<LayerType>,
  where: string,
): ReadonlyMap<LayerType, Rope> {
  const { full_attention: full, sliding_attention: sliding } = fields.rope_parameters ?? {};
  const settings = {
    // So that of an old rope_scaling `rope_type` counts, and `type` does not.
    full_attention: { ...(full ?? { rope_type: "default" }), ...fields.rope_scaling },
    sliding_attention: sliding,
  };
  const thetas = { full_attention: fields.rope_theta, sliding_attention: fields.rope_local_base_freq };
  const read = (type: LayerType): Rope => {
    const { max_position_embeddings } = fields;
    // Of YaRN's settings this one is looked for outside of them, where nothing is.
    const rope_parameters = { ...settings[type], truncate: true };
    return readRope({ rope_theta: thetas[type] ?? THETAS[type], rope_parameters, max_position_embeddings }, where);
  };
  return new Map([...types].map((type) => [type, read(type)]));
}
