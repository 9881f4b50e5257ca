import { z } from "zod";
import type { FloatDtype } from "../../tensor/dtype.js";
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from "../../tensor/half.js";
import { decoderConfig } from "./llm-families.js";

const fields = z.looseObject({
  model_type: z.string().optional().catch(undefined),
  hidden_size: z.number().positive().optional().catch(undefined),
  /** Granite's. */
  embedding_multiplier: z.number().positive().optional().catch(undefined),
  /** MiniCPM's. */
  scale_emb: z.number().positive().optional().catch(undefined),
});

/**
 * The number by which an LLM multiplies the rows of its input embeddings when a token is read; 1 for most. `config` is its
 * config.json, of any family. The output head takes the rows as they are. Source: transformers, modeling_gemma.py,
 * modeling_granite.py.
 */
export function embeddingScale(config: unknown): number {
  const parsed = fields.safeParse(decoderConfig(config));
  if (!parsed.success) return 1;
  const { model_type: type = "", hidden_size: width, embedding_multiplier, scale_emb } = parsed.data;
  if (/gemma/.test(type) && width !== undefined) return Math.sqrt(width);
  return embedding_multiplier ?? scale_emb ?? 1;
}

const ROUNDINGS: Readonly<Record<FloatDtype, (value: number) => number>> = {
  F32: Math.fround,
  F16: (value) => float16ToNumber(numberToFloat16(value)),
  BF16: (value) => bfloat16ToNumber(numberToBfloat16(value)),
};

/**
 * The factor as an LLM in a dtype has it: transformers rounds it to that first.
 * Source: transformers, Gemma3TextScaledWordEmbedding in modeling_gemma3.py.
 */
export const roundScale = (scale: number, dtype: FloatDtype): number => ROUNDINGS[dtype](scale);
