import { DEFAULT_K, K_RANGE, WORDS_RANGE, wordsSetting } from "../../model/projector/decoding-settings.js";
import { chooseSparse } from "./choose-sparse.js";
import { DECODED, decodedOutputs, defaultWordsOf } from "./decoded-outputs.js";
import type { AlignMethod } from "./method.js";

/** Decodes each patch into a few source tokens and mixes the target's rows of the same tokens. */
export const sparse: AlignMethod = {
  ...DECODED,
  name: "sparse",
  summary: "at run time, decode each patch into a few source tokens and mix the target's rows of the same tokens",
  settings: {
    k: K_RANGE,
    words: WORDS_RANGE,
    threshold: { accepts: (value) => value >= 0 && value < 1, expected: "a number from 0 to less than 1" },
  },
  learned: ["k"],
  outputs: async (task, options) => {
    const { words = defaultWordsOf(task), threshold } = task.settings;
    const chosen = task.examples && (await chooseSparse(task, { ...options, words }));
    const { k = chosen?.k ?? DEFAULT_K } = task.settings;
    const checks = chosen === undefined ? [] : [chosen.because];
    const settings = { k, ...wordsSetting(words), ...(threshold !== undefined && { threshold }) };
    return decodedOutputs(task, { settings, checks }, options);
  },
};
