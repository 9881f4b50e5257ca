import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../src/checkpoint/safetensors/read.js";
import { readTensor } from "../../src/files/read-tensor.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { decodeFloats } from "../../src/tensor/half.js";

/** The trained models, pictures and benchmarks of fixtures/README.md. */
export const WORLD = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "fixtures", "small-world");

export const FAMILIES = ["qwen2", "llama3", "llama2"] as const;

/** Names of the folders below a folder of the world, in order. */
export function foldersOf(...path: readonly string[]): string[] {
  const entries = readdirSync(join(WORLD, ...path), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

export function readWorldJson<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(WORLD, ...path), "utf8")) as T;
}

/** What PyTorch computed, by name, and by how much of the largest value it may be missed; see make/goldens.py. */
export interface Golden {
  readonly tolerance: number;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

export async function readGolden(name: "pixels" | "vision" | "adapters" | "logits"): Promise<Golden> {
  const { tolerance } = readWorldJson<{ tolerance: Readonly<Record<string, number>> }>("goldens", "about.json");
  const file = await readSafetensors(join(WORLD, "goldens", `${name}.safetensors`));
  const tensors = new Map<string, Float32Array>();
  for (const tensor of file.tensors) {
    tensors.set(tensor.name, decodeFloats(await readTensor(tensor), tensor.dtype as FloatDtype));
  }
  return { tolerance: tolerance[name]!, tensors };
}

/** A question about an image with PyTorch's greedy answer; see make/goldens.py. */
export interface WorldAnswer {
  readonly llm: string;
  /** `FAMILY/KIND`; of another family than `llm` when it was moved. */
  readonly adapter: string;
  readonly image: string;
  readonly question: string;
  readonly prompt: string;
  readonly ids_before: readonly number[];
  readonly ids_after: readonly number[];
  /** With the token that ended it. */
  readonly answer_ids: readonly number[];
  readonly answer: string;
  /** What the scene says. */
  readonly right: string;
  /** Per token: the largest logit less the second. */
  readonly margins: readonly number[];
}

export const readWorldAnswers = (): readonly WorldAnswer[] =>
  readWorldJson<readonly WorldAnswer[]>("goldens", "answers.json");
