import { chooseSparse } from "./choose-sparse.js";
import { decodedOutputs, defaultWords, WORDS, wordsSetting } from "./decoded.js";
import type { AlignMethod } from "./method.js";

/** More tokens than describe a patch only add wrong ones; the graph is unrolled k times. */
const MAX_K = 32;
/** Fewest tokens with which decoding keeps 95 % in the source itself; README has the measurements. */
const DEFAULT_K = 3;

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
  },
  learnsFromImages: true,
  outputs: async (task, options) => {
    const chosen = task.examples && (await chooseSparse(task, options));
    const { k = chosen?.k ?? DEFAULT_K, words = chosen?.words ?? defaultWords(task) } = task.settings;
    const checks = chosen === undefined ? [] : [chosen.because];
    return decodedOutputs(task, { settings: { k, ...wordsSetting(words) }, checks }, options);
  },
};
