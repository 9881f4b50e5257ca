import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What test/goldens/make/gguf_models.py wrote. */
export const GGUF = join(import.meta.dirname, "..", "goldens", "gguf");

/** Tiny LLMs of test/goldens/models, in bfloat16. */
export const GGUF_OF_FOLDERS = ["llama-tied", "llama-biased-linear-rope", "llama3-rope", "qwen2-tied", "qwen3"];

/** Tiny LLMs with matrices in blocks of every type, and in other types. */
export const GGUF_MIXED = ["mixed-llama", "mixed-llama-halves", "mixed-k", "gemma", "gemma2", "gemma3"];

interface MixedExpected {
  /** Token ids. */
  readonly prompt: readonly number[];
  /** Logits after the prompt, of the dequantised weights in float32. */
  readonly prefill: readonly number[];
}

export const readMixedExpected = (name: string): MixedExpected =>
  JSON.parse(readFileSync(join(GGUF, `${name}.expected.json`), "utf8")) as MixedExpected;
