import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Pictures, tower, questions and adapters of fixtures/real-world/README.md. */
export const REAL_WORLD = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "fixtures", "real-world");

/** An emoji has a noun; a drawn thing has a size, a colour and a shape. */
export interface Thing {
  readonly noun?: string;
  readonly emoji?: string;
  readonly size?: string;
  readonly color?: string;
  readonly shape?: string;
}

export interface Scene {
  readonly image: string;
  readonly things: readonly Thing[];
  /** (36) in reading order: index of the thing that covers the patch, -1 for the ground. */
  readonly patches: readonly number[];
}

const linesOf = <T>(path: string): readonly T[] =>
  readFileSync(join(REAL_WORLD, path), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

export const readScenes = (split: string): readonly Scene[] => linesOf<Scene>(join("scenes", `${split}.jsonl`));

export interface WorldQuestion {
  readonly id: string;
  readonly image: string;
  readonly prompt: string;
  readonly answers: readonly string[];
  readonly choices: readonly string[];
  readonly category: string;
}

export const readQuestions = (split: string): readonly WorldQuestion[] =>
  linesOf<WorldQuestion>(join("questions", `${split}.jsonl`));
