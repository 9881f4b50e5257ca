import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec, type DecoderSpec } from "./decoder-spec.js";
import { layerWindows, layerWindowFields } from "./layer-windows.js";

const schema = z.looseObject({ ...decoderFields, ...layerWindowFields });

/** transformers' default where config.json leaves head_dim out; not hidden_size / heads. */
const DEFAULT_HEAD_DIM = 128;

/** Qwen3, dense: every head of queries and keys is normalised. Source: transformers, modeling_qwen3.py. */
export function readQwen3(config: unknown, where: string): DecoderSpec {
  const fields = readConfig(schema, config, where);
  const withHeadDim = { ...fields, head_dim: fields.head_dim ?? DEFAULT_HEAD_DIM };
  return decoderSpec(withHeadDim, where, { windows: layerWindows(fields, where), headNorms: true, mlpBias: false });
}
