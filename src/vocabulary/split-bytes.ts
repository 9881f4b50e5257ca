import { InputError } from "../errors.js";
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

/**
 * The largest sum of squared lengths that one splitter accepts: it bounds the steps, to some seconds. 150,000 tokens of real
 * vocabularies have 7 million, a run of 512 spaces 262,144.
 */
const MAX_SQUARES = 2 ** 30;

/**
 * The splitter of the tokenizer's own model. One for BPE indexes all merges, so make it once.
 *
 * @throws InputError from the splitter, when it is given far more and longer tokens than vocabularies have
 */
export function createSplitter(vocabulary: TokenizerVocabulary): Splitter {
  const split = SPLITTERS[vocabulary.splitting.type](vocabulary);
  let squares = 0;
  return (bytes) => {
    squares += bytes.length ** 2;
    if (squares <= MAX_SQUARES) return split(bytes);
    throw new InputError(
      `${vocabulary.folder}: splitting the source's tokens into its pieces takes too long; the last of them has ${bytes.length} bytes, real ones have some hundred at most`,
    );
  };
}
