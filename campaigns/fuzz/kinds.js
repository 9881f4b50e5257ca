import { makeConfigs } from "./kinds/configs.js";
import { makeGguf } from "./kinds/gguf.js";
import { makeImages, makeProcessors } from "./kinds/images.js";
import { makeAnswers, makeResults, makeRuns } from "./kinds/benchmarks.js";
import { makeSafetensors, makeShards } from "./kinds/safetensors.js";
import { makeTemplates } from "./kinds/templates.js";
import { makeTokenizers } from "./kinds/tokenizers.js";
import { makeTorch } from "./kinds/torch.js";
import { makeVocabularies } from "./kinds/vocabularies.js";

/**
 * What is damaged: `makeKind` takes a folder for its files and gives a function that makes one damaged input of a `Chooser` and reads it.
 * It throws what reading throws, and an error of its own for what was read wrongly. `share` is of the inputs: cheap kinds have more.
 */
export const KINDS = {
  safetensors: { makeKind: makeSafetensors, share: 20 },
  shards: { makeKind: makeShards, share: 8 },
  torch: { makeKind: makeTorch, share: 16 },
  gguf: { makeKind: makeGguf, share: 12 },
  tokenizers: { makeKind: makeTokenizers, share: 8 },
  vocabularies: { makeKind: makeVocabularies, share: 6 },
  templates: { makeKind: makeTemplates, share: 12 },
  configs: { makeKind: makeConfigs, share: 6 },
  processors: { makeKind: makeProcessors, share: 3 },
  images: { makeKind: makeImages, share: 5 },
  answers: { makeKind: makeAnswers, share: 2 },
  results: { makeKind: makeResults, share: 1 },
  runs: { makeKind: makeRuns, share: 1 },
};
