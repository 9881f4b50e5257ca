import { readExpected } from "./goldens.js";

/** What PyTorch says about a tiny LLM; test/goldens/make/llm_models.py wrote it and says how near is near enough. */
export interface LlmExpected {
  /** Token ids. */
  readonly prompt: readonly number[];
  /** Logits after the prompt. */
  readonly prefill: readonly number[];
  /** 32 tokens. */
  readonly greedy: readonly number[];
  /** Logits after the 31st of them. */
  readonly decode: readonly number[];
  /** Logits after the prompt with the weights rounded to blocks. */
  readonly q8: readonly number[];
  readonly q4: readonly number[];
}

/** Every tiny LLM: each family with what its members differ in. */
export const LLMS = [
  "llama-tied",
  "llama-biased-linear-rope",
  "llama3-rope",
  "mistral-window",
  "qwen2-tied",
  "qwen2-window-f16",
  "qwen3",
  "qwen3-biased",
];

export const readLlmExpected = (name: string): LlmExpected => readExpected<LlmExpected>(name);
