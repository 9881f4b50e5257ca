import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec, type DecoderSpec } from "./decoder-spec.js";
import { layerWindows, layerWindowFields } from "./layer-windows.js";

const schema = z.looseObject({ ...decoderFields, ...layerWindowFields });

/** Qwen1.5, Qwen2 and Qwen2.5: biases on query, key and value only. Source: transformers, modeling_qwen2.py. */
export function readQwen2(config: unknown, where: string): DecoderSpec {
  const fields = readConfig(schema, config, where);
  const windows = layerWindows(fields, where);
  return decoderSpec(fields, where, { windows, queryBias: true, outputBias: false, mlpBias: false });
}
