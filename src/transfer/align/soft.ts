import { WORDS_RANGE, wordsSetting } from "../../model/projector/decoding-settings.js";
import { DECODED, decodedOutputs, defaultWordsOf } from "./decoded-outputs.js";
import type { AlignMethod } from "./method.js";

/** Of cosines; of the values tried on the small world (0.03 to 0.2) the best for most pairs. */
const DEFAULT_TEMPERATURE = 0.1;

/** One step in place of a pursuit: every source token counts, the more the nearer its row is. */
export const soft: AlignMethod = {
  ...DECODED,
  name: "soft",
  summary: "at run time, mix the target's rows by a softmax over each patch's cosines with the source's rows",
  settings: {
    temperature: { accepts: (value) => value > 0 && Number.isFinite(value), expected: "a number above 0" },
    words: WORDS_RANGE,
  },
  outputs: (task, options) => {
    const { temperature = DEFAULT_TEMPERATURE, words = defaultWordsOf(task) } = task.settings;
    const settings = { temperature, ...wordsSetting(words) };
    return Promise.resolve(decodedOutputs(task, { settings, checks: [] }, options));
  },
};
