import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Tiny models with what PyTorch computes from them; test/goldens/make has the scripts. */
export const MODELS = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "models");

/** The expected values beside a tiny model. */
export function readExpected<T>(model: string): T {
  return JSON.parse(readFileSync(join(MODELS, model, "expected.json"), "utf8")) as T;
}

/** Largest difference, in units of the largest expected magnitude. */
export function relativeError(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value))) / scale;
}
