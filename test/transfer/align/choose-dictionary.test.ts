import { describe, expect, test } from "@jest/globals";
import { chooseDictionary } from "../../../src/transfer/align/choose-dictionary.js";

/** What is left after tokens that explain these shares of it. */
const curve = (...explained: readonly number[]): number[] =>
  explained.reduce<number[]>((left, share) => [...left, left.at(-1)! * (1 - share)], [1]);
const noise = curve(0.1, 0.1, 0.1, 0.1);

describe("chooseDictionary", () => {
  test("takes the dictionary whose first three tokens explain most of patches against noise, not most outright", () => {
    const curves = [
      { words: 32, patches: curve(0.2, 0.2, 0.2, 0.1), noise: curve(0.05, 0.05, 0.05, 0.05) },
      { words: 64, patches: curve(0.4, 0.4, 0.4, 0.1), noise: curve(0.08, 0.08, 0.08, 0.08) },
      { words: 128, patches: curve(0.5, 0.5, 0.5, 0.5), noise: curve(0.2, 0.2, 0.2, 0.2) },
    ];
    const { words, k, lifts } = chooseDictionary(curves);
    expect([words, k]).toEqual([64, 3]);
    expect(lifts.map((lift) => lift.toFixed(3))).toEqual(["5.000", "5.000", "5.000"]);
  });

  test("counts tokens from the best one on, until one explains less than two thirds as much", () => {
    const k = (...lifts: readonly number[]): number =>
      chooseDictionary([{ words: 64, patches: curve(...lifts.map((lift) => lift / 10)), noise }]).k;
    expect(k(3.1, 3.7, 4.7, 3.3)).toBe(4);
    expect(k(4.6, 4.3, 2.5, 3.2)).toBe(2); // what comes after a gap is chance
    expect(k(1, 2, 4, 2)).toBe(3);
    expect(k(5, 1, 1, 1)).toBe(1);
    expect(k(2, 2, 2, 2)).toBe(4);
  });

  test("stays finite where a few tokens explain everything", () => {
    const { k, lifts } = chooseDictionary([{ words: 8, patches: [1, 0, 0, 0, 0], noise }]);
    expect(k).toBe(1);
    expect(lifts.every(Number.isFinite)).toBe(true);
  });
});
