import { bpeSplitter } from "./split-bpe.js";
import { greedySplitter } from "./split-greedy.js";
import { unigramSplitter } from "./split-unigram.js";
import type { Splitter } from "./splitter.js";
import type { SplittingModel, TokenizerVocabulary } from "./token.js";

const SPLITTERS: Readonly<Record<SplittingModel["type"], (vocabulary: TokenizerVocabulary) => Splitter>> = {
  BPE: bpeSplitter,
  Unigram: unigramSplitter,
  WordPiece: greedySplitter,
};

/** The splitter of the tokenizer's own model; building one for BPE indexes all merges, so it is made once. */
export function createSplitter(vocabulary: TokenizerVocabulary): Splitter {
  return SPLITTERS[vocabulary.splitting.type](vocabulary);
}
