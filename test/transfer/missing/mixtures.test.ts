import { describe, expect, test } from "@jest/globals";
import { MIXTURES, type MixtureName } from "../../../src/transfer/missing/mixtures.js";
import { matchingPursuit, type Gram, type Mix } from "../../../src/transfer/missing/omp.js";
import { sparsemax } from "../../../src/transfer/missing/sparsemax.js";
import { missingRowsGolden, type ExpectedMix } from "../../helpers/missing-rows.js";

function gramOf(vectors: readonly (readonly number[])[]): Gram {
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  return { size: vectors.length, values: Float32Array.from(vectors.flatMap((a) => vectors.map((b) => dot(a, b)))) };
}

/** (tokens) weights, 0 for tokens that are not used. */
function dense({ of, weights }: Mix, count: number): number[] {
  const all = new Array<number>(count).fill(0);
  of.forEach((neighbour, i) => (all[neighbour - 1] = weights[i]!));
  return all;
}

function denseExpected({ tokens, weights }: ExpectedMix, count: number): number[] {
  return Array.from({ length: count }, (_, token) => weights[tokens.indexOf(token)] ?? 0);
}

describe.each(["knn", "omp"] as const)("the weights of %s", (name: MixtureName) => {
  const { source, target } = missingRowsGolden;
  const { settings, rows } = missingRowsGolden[name];
  const shared = source.slice(0, target.length);

  test("are tried at the golden's settings", () => {
    expect(MIXTURES[name].settings).toEqual(settings);
  });

  test.each(rows.map((row, i) => [i, row] as const))("equal numpy's for missing row %i at every setting", (i, row) => {
    const mixes = MIXTURES[name].mix(gramOf([source[target.length + i]!, ...shared]), settings);
    mixes.forEach((mix, setting) => {
      const expected = denseExpected(row.paths[setting]!, shared.length);
      const largest = Math.max(...expected.map(Math.abs));
      dense(mix!, shared.length).forEach((weight, token) =>
        expect(Math.abs(weight - expected[token]!)).toBeLessThan(1e-4 * largest),
      );
    });
  });
});

describe("matchingPursuit", () => {
  test("stops when nothing is left to explain", () => {
    const steps = matchingPursuit(
      gramOf(
        [
          [1, 2, 0],
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ].map((row) => row),
      ),
      3,
    );
    expect(steps).toHaveLength(2);
    expect(steps[1]).toEqual({ of: [2, 1], weights: [2, 1] });
  });

  test("takes no neighbour that the ones taken already span, and none of zeros", () => {
    const [vector, one, twice, zeros, other] = [
      [3, 3, 1],
      [1, 1, 0],
      [2, 2, 0],
      [0, 0, 0],
      [0, 1, 0],
    ];
    const steps = matchingPursuit(gramOf([vector, one, twice, zeros, other]), 4);
    expect(steps.at(-1)!.of).toEqual([1]);
  });

  test("finds nothing for a vector at right angles to all", () => {
    expect(
      matchingPursuit(
        gramOf(
          [
            [0, 1],
            [1, 0],
          ].map((row) => row),
        ),
        2,
      ),
    ).toEqual([]);
  });
});

describe("sparsemax", () => {
  test.each([
    [[0.5], [1]],
    [
      [2, 0, -1],
      [1, 0, 0],
    ],
    [
      [0.1, 0.1],
      [0.5, 0.5],
    ],
    [
      [0.75, 0.25, -0.5],
      [0.75, 0.25, 0],
    ],
  ])("of %j is %j", (scores, weights) => {
    sparsemax(scores).forEach((weight, i) => expect(weight).toBeCloseTo(weights[i]!, 12));
  });
});
