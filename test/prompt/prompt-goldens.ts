import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Message } from "../../src/prompt/prompt.js";
import type { Segment } from "../../src/prompt/tokenize.js";
import { loadEncoder, type Encoder } from "../../src/tokenizer/encoder.js";
import { SHARED_DATA } from "../helpers/shared-data.js";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "prompts");

export interface PromptGolden {
  readonly tokenizer: string;
  readonly conversation: string;
  /** The user's and the assistant's texts in turn. */
  readonly turns: readonly string[];
  readonly text: string;
  /** -200 stands for an image. */
  readonly ids: readonly number[];
}

/** Reads a file that test/goldens/make/prompts.py wrote. */
export function readGoldens<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as T;
}

export const messagesOf = (turns: readonly string[]): Message[] =>
  turns.map((text, index) => ({ role: index % 2 === 0 ? "user" : "assistant", text }));

/** Segments in LLaVA's notation. */
export const flatIds = (segments: readonly Segment[]): number[] =>
  segments.flatMap((segment) => (segment === "image" ? [-200] : [...segment]));

export const tokenizerFolder = (name: string): string => join(SHARED_DATA, "tokenizers", name);

const encoders = new Map<string, Promise<Encoder>>();

/** Loads each real tokenizer once per test file. */
export function encoderOf(name: string): Promise<Encoder> {
  const encoder = encoders.get(name) ?? loadEncoder(tokenizerFolder(name));
  encoders.set(name, encoder);
  return encoder;
}
