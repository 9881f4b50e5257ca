import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { decoderFields, decoderSpec, type DecoderSpec } from "./decoder-spec.js";
import { slidingWindow } from "./layer-windows.js";

const schema = z.looseObject({ ...decoderFields, sliding_window: slidingWindow });

/** Mistral 7B and relatives: llama with a sliding window in every layer. Source: transformers, modeling_mistral.py. */
export function readMistral(config: unknown, where: string): DecoderSpec {
  const fields = readConfig(schema, config, where);
  const window = fields.sliding_window ?? undefined;
  const windows = Array.from({ length: fields.num_hidden_layers }, () => window);
  return decoderSpec(fields, where, { windows, queryBias: false, outputBias: false, mlpBias: false });
}
