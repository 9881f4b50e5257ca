import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLlm, type LlmFolder } from "../../src/model/llm/llm-folder.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** LoRA folders that PEFT wrote, with what its merge makes of them; test/goldens/make/lora.py says how near is near enough. */
export const LORAS = ["linear", "table", "whole", "llava"] as const;

export interface LoraExpected {
  readonly path: string;
  /** Folder of the LLM that it changes. */
  readonly base: string;
  /** Token ids. */
  readonly prompt: readonly number[];
  /** Logits after the prompt. */
  readonly prefill: readonly number[];
}

export function readLoraExpected(name: (typeof LORAS)[number]): LoraExpected {
  const path = join(ROOT, "test", "goldens", "lora", name);
  const said = JSON.parse(readFileSync(join(path, "expected.json"), "utf8")) as Omit<LoraExpected, "path">;
  return { ...said, path, base: join(ROOT, said.base) };
}

/** The LoRA with its base. */
export function openGoldenLora(name: (typeof LORAS)[number]): Promise<LlmFolder> {
  const { path, base } = readLoraExpected(name);
  return openLlm(path, { base });
}
