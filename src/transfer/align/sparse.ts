import { chooseSparse } from "./choose-sparse.js";
import { decodedOutputs, defaultWords, WORDS, wordsSetting } from "./decoded.js";
import type { AlignMethod } from "./method.js";

/** More tokens than describe a patch only add wrong ones; the graph is unrolled k times. */
const MAX_K = 32;
/** Of 2, 3, 4 and 6 the best on the choosing pairs of bench/zero-shot.js. */
export const DEFAULT_K = 4;

/** Decodes each patch into a few source tokens and says the same with the target's. */
export const sparse: AlignMethod = {
  summary: "at run time, decode each patch into a few source tokens and mix the target's rows of the same tokens",
  rows: "decoded",
  carriesOrdinaryProjectors: true,
  settings: {
    k: {
      accepts: (value) => Number.isSafeInteger(value) && value > 0 && value <= MAX_K,
      expected: `a whole number from 1 to ${MAX_K}`,
    },
    words: WORDS,
    threshold: { accepts: (value) => value >= 0 && value < 1, expected: "a number from 0 to less than 1" },
  },
  learned: ["k"],
  outputs: async (task, options) => {
    const { words = defaultWords(task), threshold } = task.settings;
    const chosen = task.examples && (await chooseSparse(task, { ...options, words }));
    const { k = chosen?.k ?? DEFAULT_K } = task.settings;
    const checks = chosen === undefined ? [] : [chosen.because];
    return decodedOutputs(
      task,
      { settings: { k, ...wordsSetting(words), ...(threshold !== undefined && { threshold }) }, checks },
      options,
    );
  },
};
