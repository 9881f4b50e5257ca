import type { ByteString } from "./byte-string.js";
import { bpeSplitter } from "./split-bpe.js";
import { greedySplitter } from "./split-greedy.js";
import { unigramSplitter } from "./split-unigram.js";
import type { SplittingModel, TokenizerVocabulary } from "./token.js";

/**
 * Splits bytes into ids of the vocabulary whose bytes joined are the input; undefined where some byte has no token.
 * Nothing is normalised and no word start is added: "ing" is never "▁ing".
 */
export type Splitter = (bytes: ByteString) => readonly number[] | undefined;

const SPLITTERS: Readonly<Record<SplittingModel["type"], (vocabulary: TokenizerVocabulary) => Splitter>> = {
  BPE: bpeSplitter,
  Unigram: unigramSplitter,
  WordPiece: greedySplitter,
};

/** The splitter of the tokenizer's own model; building one for BPE indexes all merges, so it is made once. */
export function createSplitter(vocabulary: TokenizerVocabulary): Splitter {
  return SPLITTERS[vocabulary.splitting.type](vocabulary);
}
