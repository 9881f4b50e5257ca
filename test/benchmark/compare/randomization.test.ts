import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { groupTable } from "../../../src/benchmark/compare/bootstrap.js";
import { pairedRandomization } from "../../../src/benchmark/compare/randomization.js";

interface Case {
  readonly asked: readonly number[];
  readonly one: readonly number[];
  readonly other: readonly number[];
  readonly p: number;
}
const GOLDEN = fileURLToPath(new URL("../../goldens/randomization.json", import.meta.url));
const { cases } = JSON.parse(readFileSync(GOLDEN, "utf8")) as { readonly cases: readonly Case[] };

const accuracy = ([right, asked]: Float64Array): number => right! / asked!;
const tableOf = (right: readonly number[], asked: readonly number[]) =>
  groupTable(right.map((sum, group) => [sum, asked[group]!]));

describe("pairedRandomization", () => {
  test.each(cases)("is scipy's exact p-value $p within three standard errors", ({ asked, one, other, p }) => {
    const options = { samples: 9999, seed: 0 };
    const found = pairedRandomization([tableOf(one, asked), tableOf(other, asked)], accuracy, options);
    expect(Math.abs(found - p)).toBeLessThan(0.015);
    expect(pairedRandomization([tableOf(one, asked), tableOf(other, asked)], accuracy, options)).toBe(found);
  });

  test("of a run and itself is 1, and never 0", () => {
    const [asked, right] = [Array<number>(30).fill(1), Array<number>(30).fill(1)];
    const same = tableOf(right, asked);
    expect(pairedRandomization([same, same], accuracy, { samples: 99, seed: 0 })).toBe(1);
    const none = tableOf(Array<number>(30).fill(0), asked);
    expect(pairedRandomization([same, none], accuracy, { samples: 99, seed: 0 })).toBe(0.01);
  });
});
