import { decodedOutputs, defaultWords, WORDS, wordsSetting } from "./decoded.js";
import type { AlignMethod } from "./method.js";

/** Of cosines; of the values tried on the small world (0.03 to 0.2) the best for most pairs. */
const DEFAULT_TEMPERATURE = 0.1;

/** One step instead of a pursuit: every source token counts, by how near its row is. */
export const soft: AlignMethod = {
  summary: "at run time, mix the target's rows by a softmax over each patch's cosines with the source's rows",
  rows: "decoded",
  carriesOrdinaryProjectors: true,
  settings: {
    temperature: { accepts: (value) => value > 0 && Number.isFinite(value), expected: "a number above 0" },
    words: WORDS,
  },
  outputs: (task, options) => {
    const { temperature = DEFAULT_TEMPERATURE, words = defaultWords(task) } = task.settings;
    return Promise.resolve(
      decodedOutputs(task, { settings: { temperature, ...wordsSetting(words) }, checks: [] }, options),
    );
  },
};
