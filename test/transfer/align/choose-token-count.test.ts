import { describe, expect, test } from "@jest/globals";
import { chooseTokenCount } from "../../../src/transfer/align/choose-token-count.js";

/** What is left after tokens that explain these shares of it. */
const curve = (...explained: readonly number[]): number[] =>
  explained.reduce<number[]>((left, share) => [...left, left.at(-1)! * (1 - share)], [1]);
const noise = curve(0.1, 0.1, 0.1, 0.1);

describe("chooseTokenCount", () => {
  test("counts tokens from the best one on, until one explains less than two thirds as much", () => {
    const k = (...lifts: readonly number[]): number =>
      chooseTokenCount({ patches: curve(...lifts.map((lift) => lift / 10)), noise }).k;
    expect(k(3.1, 3.7, 4.7, 3.3)).toBe(4);
    expect(k(4.6, 4.3, 2.5, 3.2)).toBe(2); // what comes after a gap is chance
    expect(k(1, 2, 4, 2)).toBe(3);
    expect(k(5, 1, 1, 1)).toBe(1);
    expect(k(2, 2, 2, 2)).toBe(4);
  });

  test("measures patches against noise, so that a curve which falls as noise does has no best token", () => {
    const { k, lifts } = chooseTokenCount({ patches: curve(0.4, 0.2, 0.1), noise: curve(0.2, 0.1, 0.05) });
    expect(k).toBe(3);
    expect(lifts.map((lift) => lift.toFixed(3))).toEqual(["2.000", "2.000", "2.000"]);
  });

  test("stays finite where a few tokens explain everything", () => {
    const { k, lifts } = chooseTokenCount({ patches: [1, 0, 0, 0, 0], noise });
    expect(k).toBe(1);
    expect(lifts.every(Number.isFinite)).toBe(true);
  });
});
