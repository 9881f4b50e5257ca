import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { LLAMA_TENSORS } from "./decoder-tensors.js";
import { layerWindows, layerWindowFields } from "./layer-windows.js";
import type { LlmFamily } from "./llm-family.js";
import { QWEN_DEFAULTS } from "./qwen2.js";

const schema = z.looseObject({ ...decoderFields, ...layerWindowFields });

/** transformers' default where config.json leaves head_dim out; not hidden_size / heads. */
const DEFAULT_HEAD_DIM = 128;

const TENSORS = {
  ...LLAMA_TENSORS,
  layer: { ...LLAMA_TENSORS.layer, queryNorm: "self_attn.q_norm", keyNorm: "self_attn.k_norm" },
};

/** Qwen3, dense: every head of queries and keys is normalised. Source: transformers, modeling_qwen3.py. */
export const qwen3: LlmFamily = {
  modelTypes: ["qwen3", "llava_qwen3"],
  defaults: { ...QWEN_DEFAULTS, head_dim: DEFAULT_HEAD_DIM },
  read: (config, where) => {
    const fields = readConfig(schema, config, where);
    const withHeadDim = { ...fields, head_dim: fields.head_dim ?? DEFAULT_HEAD_DIM };
    const windows = layerWindows(fields, where);
    return decoderSpec(withHeadDim, where, { windows, tensors: TENSORS, mlpBias: false });
  },
};
