import { matchingPursuit, type Gram, type Mix } from "./omp.js";
import { sparsemax } from "./sparsemax.js";

/** A way to write a vector as a mix of its neighbours. */
export interface Mixture {
  /** The name of the setting, and the values that are tried. */
  readonly setting: string;
  readonly settings: readonly number[];
  /** How many of the nearest neighbours are used. */
  readonly neighbours: number;
  /** Whether opposite vectors are neighbours too, because weights may be negative. */
  readonly eitherSign: boolean;
  /** The mix at each of `settings`; undefined where the vector has nothing in common with any neighbour. */
  readonly mix: (gram: Gram, settings: readonly number[]) => readonly (Mix | undefined)[];
}

/** Mixtures by name of `--missing`. */
export const MIXTURES = {
  knn: {
    setting: "temperature",
    settings: [0.03, 0.1, 0.3, 1, 3],
    neighbours: 64,
    eitherSign: false,
    mix: (gram, temperatures) => {
      const cosines = cosinesToFirst(gram);
      return temperatures.map((temperature) => nonZero(sparsemax(cosines.map((cosine) => cosine / temperature))));
    },
  },
  omp: {
    setting: "tokens",
    settings: [1, 2, 4, 8, 16, 32, 64],
    // Later steps may select a token that was not among the first 256; more neighbours cost their square.
    neighbours: 256,
    eitherSign: true,
    mix: (gram, sizes) => {
      const steps = matchingPursuit(gram, Math.max(...sizes));
      return sizes.map((size) => steps[Math.min(size, steps.length) - 1]);
    },
  },
} as const satisfies Readonly<Record<string, Mixture>>;

export type MixtureName = keyof typeof MIXTURES;

function cosinesToFirst({ size, values }: Gram): number[] {
  const norm = (i: number): number => Math.sqrt(values[i * size + i]!);
  return Array.from({ length: size - 1 }, (_, i) => values[i + 1]! / (norm(0) * norm(i + 1)));
}

function nonZero(weights: readonly number[]): Mix {
  const of = weights.flatMap((weight, i) => (weight > 0 ? [i + 1] : []));
  return { of, weights: of.map((i) => weights[i - 1]!) };
}
