import { seededRandom } from "../../tensor/random.js";
import type { GroupTable } from "./bootstrap.js";

/**
 * Paired randomization test (Noreen 1989, "Computer-Intensive Methods for Testing Hypotheses", chapter 2): were the two runs alike, each group's
 * sums could as well be the other run's. Swaps them at random, group by group, and counts how often the figures then differ at least as much
 * as they do.
 *
 * @param tables of the two runs, with equally many groups
 * @param figure of the totals of one run
 * @returns the p-value, two-sided, from 1 / (samples + 1) to 1; the same for the same seed
 */
export function pairedRandomization(
  [one, other]: readonly [GroupTable, GroupTable],
  figure: (totals: Float64Array) => number,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): number {
  const random = seededRandom(seed);
  const { groups, width } = one;
  const [a, b] = [new Float64Array(width), new Float64Array(width)];
  const difference = (isSwapped: () => boolean): number => {
    a.fill(0);
    b.fill(0);
    for (let group = 0; group < groups; group += 1) {
      const [to, from] = isSwapped() ? [b, a] : [a, b];
      for (let column = 0; column < width; column += 1) {
        to[column]! += one.values[group * width + column]!;
        from[column]! += other.values[group * width + column]!;
      }
    }
    return Math.abs(figure(a) - figure(b));
  };
  // Sums in another order differ in their last digits.
  const observed = difference(() => false) - ROUNDING;
  let asMuch = 0;
  for (let sample = 0; sample < samples; sample += 1) {
    if (difference(() => random() < 0.5) >= observed) asMuch += 1;
  }
  return (asMuch + 1) / (samples + 1);
}

const ROUNDING = 1e-12;
