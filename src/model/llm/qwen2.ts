import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { layerWindows, layerWindowFields } from "./layer-windows.js";
import { DEFAULT_SIZES } from "./llama.js";
import type { LlmFamily } from "./llm-family.js";

const schema = z.looseObject({ ...decoderFields, ...layerWindowFields });

/** What transformers' classes of Qwen take for fields that are left out. */
export const QWEN_DEFAULTS = {
  ...DEFAULT_SIZES,
  vocab_size: 151_936,
  intermediate_size: 22_016,
  num_key_value_heads: 32,
  max_position_embeddings: 32_768,
};

/** Qwen1.5, Qwen2 and Qwen2.5: biases on query, key and value only. Source: transformers, modeling_qwen2.py. */
export const qwen2: LlmFamily = {
  modelTypes: ["qwen2", "llava_qwen", "llava_qwen2"],
  defaults: QWEN_DEFAULTS,
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const windows = layerWindows(fields, where);
    return decoderSpec(fields, where, { windows, queryBias: true, outputBias: false, mlpBias: false });
  },
};
