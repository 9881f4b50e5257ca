import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { LLAMA_TENSORS } from "./decoder-tensors.js";
import type { LlmFamily } from "./llm-family.js";
import { rotaryShare, type RopeConfig } from "./rope.js";

const schema = z.looseObject({
  ...decoderFields,
  sliding_window: z.int().positive().nullish(),
  partial_rotary_factor: rotaryShare,
});

const TENSORS = {
  ...LLAMA_TENSORS,
  layer: { ...LLAMA_TENSORS.layer, queryKeyValue: "self_attn.qkv_proj", gateUp: "mlp.gate_up_proj" },
};

type Scaling = RopeConfig["rope_scaling"];

/** The first files called it so. */
const OLD_NAMES: readonly unknown[] = ["su", "yarn"];

function renamed(scaling: Scaling): Scaling {
  if (!scaling) return scaling;
  return OLD_NAMES.includes(scaling.rope_type ?? scaling.type) ? { ...scaling, rope_type: "longrope" } : scaling;
}

/**
 * Phi-3, Phi-3.5 and Phi-4-mini: llama with query, key and value in one matrix, gate and up in another. Source: transformers,
 * modeling_phi3.py.
 */
export const phi3: LlmFamily = {
  modelTypes: ["phi3"],
  defaults: {
    vocab_size: 32_064,
    hidden_size: 3072,
    intermediate_size: 8192,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 4096,
    original_max_position_embeddings: 4096,
    eos_token_id: 32_000,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const window = fields.sliding_window ?? undefined;
    const own = {
      rope_scaling: renamed(fields.rope_scaling),
      rope_parameters: renamed(fields.rope_parameters),
      partial_rotary_factor: null,
    };
    return decoderSpec({ ...fields, ...own }, where, {
      windows: Array.from({ length: fields.num_hidden_layers }, () => window),
      ...{ queryBias: false, outputBias: false, mlpBias: false, tensors: TENSORS },
      rotaryShare: fields.partial_rotary_factor ?? 1,
    });
  },
};
