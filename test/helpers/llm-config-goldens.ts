import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NumberedModel } from "./numbered-weights.js";

/** An LLM of a random config and what PyTorch says it answers; test/goldens/make/llm_configs.py made it. */
export interface ConfigGolden extends NumberedModel {
  readonly config: object;
  readonly prompt: readonly number[];
  /** Logits after the prompt. */
  readonly prefill: readonly number[];
  readonly greedy: readonly number[];
  /** Logits after the greedy tokens. */
  readonly decode: readonly number[];
}

export const CONFIG_GOLDENS = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "goldens", "llm-configs.json"), "utf8"),
) as readonly ConfigGolden[];
