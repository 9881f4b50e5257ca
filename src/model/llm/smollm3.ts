import { z } from "zod";
import { orElse, readConfig, size } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { layerTypes, slidingWindow, windowsOfTypes, type LayerType } from "./layer-windows.js";
import type { LlmFamily } from "./llm-family.js";
import { readRope, type Rope } from "./rope.js";

const schema = z.looseObject({
  ...decoderFields,
  no_rope_layers: z.array(z.int()).nullish(),
  no_rope_layer_interval: orElse(size, 4),
  use_sliding_window: orElse(z.boolean(), false),
  sliding_window: slidingWindow.default(null),
  layer_types: layerTypes,
});

/** SmolLM 3: llama, of which every fourth layer does not know positions. Source: transformers, modeling_smollm3.py. */
export const smollm3: LlmFamily = {
  modelTypes: ["smollm3"],
  defaults: {
    vocab_size: 128_256,
    hidden_size: 2048,
    intermediate_size: 11_008,
    num_hidden_layers: 36,
    num_attention_heads: 16,
    num_key_value_heads: 4,
    max_position_embeddings: 32_768,
    rope_theta: 2_000_000,
    eos_token_id: 128_001,
    tie_word_embeddings: true,
  },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const { num_hidden_layers: length, no_rope_layer_interval: interval } = fields;
    const turns = Array.from({ length }, (_, i) => fields.no_rope_layers?.[i] ?? Number((i + 1) % interval !== 0));
    const window = fields.use_sliding_window ? (fields.sliding_window ?? undefined) : undefined;
    const types = turns.map((turn): LayerType =>
      turn || window === undefined ? "full_attention" : "sliding_attention",
    );
    const rope = readRope(fields, where);
    const none: Rope = { theta: rope.theta, scaling: { kind: "none" } };
    return decoderSpec(fields, where, {
      windows: windowsOfTypes({ num_hidden_layers: length, layer_types: fields.layer_types ?? types, window }, where),
      ropes: turns.map((turn) => (turn ? rope : none)),
    });
  },
};
