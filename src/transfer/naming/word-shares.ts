import { logSumExp } from "./ask.js";

/** Less than this share of an answer is not kept: thousands of words of which none is meant. */
const LEAST_SHARE = 1e-3;
/** A word is a class of its own when it has this share of the answer about some patch. */
const LEAST_BEST = 0.05;

/** What an answer names of a patch: words with their shares, the rest being silence. */
export interface PatchShares {
  readonly words: readonly { readonly word: number; readonly share: number }[];
  /** Of what the answer has in common with the one about bare ground. */
  readonly silence: number;
}

/** Takes answers, log-probabilities (words), apart into shares of words and silence. */
export class WordShares {
  readonly #ground: Float64Array;
  /** The largest share that each word has of an answer, (words). */
  readonly #best: Float64Array;

  /** @param ground the answer where there is nothing but ground */
  constructor(ground: Float32Array) {
    this.#ground = probabilities(ground);
    this.#best = new Float64Array(ground.length);
  }

  /** What one patch is called: the sum of min(p, ground's p) is silence, and the words share the rest in proportion to p. */
  of(answer: Float32Array): PatchShares {
    const all = probabilities(answer);
    const silence = all.reduce((sum, share, word) => sum + Math.min(share, this.#ground[word]!), 0);
    const words: { word: number; share: number }[] = [];
    for (const [word, probability] of all.entries()) {
      const share = probability * (1 - silence);
      if (share > this.#best[word]!) this.#best[word] = share;
      if (share >= LEAST_SHARE) words.push({ word, share });
    }
    return { words, silence };
  }

  /** Words that some patch so far was clearly called, ascending. */
  classes(): number[] {
    return [...this.#best.keys()].filter((word) => this.#best[word]! >= LEAST_BEST);
  }

  /** (patches, classes + 1): shares of the classes and of silence behind them, 1 in a patch together. */
  table(patches: readonly PatchShares[], classes: readonly number[]): Float32Array {
    const width = classes.length + 1;
    const places = new Map(classes.map((word, place) => [word, place]));
    const table = new Float32Array(patches.length * width);
    for (const [row, { words, silence }] of patches.entries()) {
      const own = table.subarray(row * width, (row + 1) * width);
      own[classes.length] = silence;
      for (const { word, share } of words) {
        const place = places.get(word);
        if (place !== undefined) own[place] = share;
      }
      const sum = own.reduce((total, share) => total + share, 0);
      // An answer of many words, none of them a class, names nothing.
      if (sum > 0) own.forEach((share, place) => (own[place] = share / sum));
      else own[classes.length] = 1;
    }
    return table;
  }
}

/** exp(x) over its sum. */
function probabilities(logs: Float32Array): Float64Array {
  const all = logSumExp(logs);
  return Float64Array.from(logs, (log) => Math.exp(log - all));
}
