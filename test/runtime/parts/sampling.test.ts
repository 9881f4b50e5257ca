import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { candidates, checkSampling, draw } from "../../../src/runtime/parts/sampling.js";
import { seededRandom } from "../../../src/tensor/random.js";
import { MODELS } from "../../helpers/goldens.js";

/** test/goldens/make/sampling.py wrote it. */
interface Golden {
  readonly logits: readonly number[];
  readonly temperature: number;
  readonly topP: number;
  readonly probabilities: readonly number[];
}

const TOLERANCE = 1e-5;
const goldens = JSON.parse(readFileSync(join(MODELS, "..", "sampling.json"), "utf8")) as readonly Golden[];

const spread = ({ tokens, probabilities }: ReturnType<typeof candidates>, size: number): number[] => {
  const all = Array<number>(size).fill(0);
  tokens.forEach((token, at) => (all[token] = probabilities[at]!));
  return all;
};

describe("candidates", () => {
  test.each(goldens.map((golden, at) => [at, golden.temperature, golden.topP, golden] as const))(
    "case %i at temperature %d and top-p %d are those of transformers",
    (_at, temperature, topP, { logits, probabilities }) => {
      const found = spread(candidates(Float32Array.from(logits), { temperature, topP }), logits.length);
      // Without top-p float32 has zeroes of its own.
      if (topP < 1) expect(found.map((p) => p > 0)).toEqual(probabilities.map((p) => p > 0));
      found.forEach((p, token) => expect(Math.abs(p - probabilities[token]!)).toBeLessThan(TOLERANCE));
    },
  );

  test("of a whole vocabulary are few, in the time of a sum over it", () => {
    const logits = Float32Array.from({ length: 151_936 }, (_, token) => -Math.log(1 + ((token * 7919) % 151_936)));
    const { tokens, probabilities } = candidates(logits, { temperature: 1, topP: 0.5 });
    expect(tokens[0]).toBe(0);
    expect(tokens.length).toBeLessThan(1000);
    expect(probabilities.reduce((sum, p) => sum + p)).toBeCloseTo(1, 10);
  });

  test("a forbidden token is never one", () => {
    const { tokens } = candidates(Float32Array.of(1, -Infinity, 0.5), { temperature: 1, topP: 0.9999999 });
    expect(tokens).toEqual([0, 2]);
  });
});

describe("draw", () => {
  test("takes each as often as it is likely", () => {
    const random = seededRandom(3);
    const counts = [0, 0, 0];
    const DRAWS = 30_000;
    for (let i = 0; i < DRAWS; i++) counts[draw({ tokens: [0, 1, 2], probabilities: [0.7, 0.2, 0.1] }, random)]! += 1;
    [0.7, 0.2, 0.1].forEach((p, token) => expect(Math.abs(counts[token]! / DRAWS - p)).toBeLessThan(0.01));
  });

  test("takes the last one that is possible where rounding leaves a rest", () => {
    expect(draw({ tokens: [4, 5, 6], probabilities: [0.5, 0.4, 0] }, () => 0.999)).toBe(5);
  });
});

test.each([
  [{ temperature: -1 }, /^temperature is -1, expected 0 to 100$/],
  [{ temperature: Number.NaN }, /^temperature is NaN/],
  [{ temperature: 1, topP: 0 }, /^topP is 0, expected more than 0 and at most 1$/],
  [{ temperature: 1, seed: 1.5 }, /^seed is 1.5, expected a whole number from 0 on$/],
])("%j is refused", (sampling, message) => {
  expect(() => checkSampling(sampling)).toThrow(message);
});
