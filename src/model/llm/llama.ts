import { readConfig } from "../config-fields.js";
import { decoderSchema, decoderSpec, type DecoderSpec } from "./decoder-spec.js";

/** Llama 1 to 3, and what calls itself llama: Vicuna, TinyLlama, SmolLM. Source: transformers, modeling_llama.py. */
export function readLlama(config: unknown, where: string): DecoderSpec {
  return decoderSpec(readConfig(decoderSchema, config, where), where);
}
