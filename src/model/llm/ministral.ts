import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { layerTypes, slidingWindow, windowsOfTypes } from "./layer-windows.js";
import type { LlmFamily } from "./llm-family.js";
import { mistral } from "./mistral.js";

const schema = z.looseObject({ ...decoderFields, sliding_window: slidingWindow, layer_types: layerTypes });

/** Ministral 8B: Mistral with layers that slide and layers that do not. Source: transformers, modeling_ministral.py. */
export const ministral: LlmFamily = {
  modelTypes: ["ministral"],
  defaults: mistral.defaults,
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const { num_hidden_layers: length, sliding_window: window } = fields;
    const types = fields.layer_types ?? Array.from({ length }, () => (window === null ? FULL : SLIDING));
    const windows = windowsOfTypes({ ...fields, layer_types: types, window: window ?? undefined }, where);
    return decoderSpec(fields, where, { windows, queryBias: false, outputBias: false, mlpBias: false });
  },
};

const [FULL, SLIDING] = ["full_attention", "sliding_attention"] as const;
