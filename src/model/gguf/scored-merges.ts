import { betweenSteps } from "../../deadline.js";

/** Tokens that are cut in one step: some 0.1 s. */
const STEP = 16_384;

/** Merges of a SentencePiece vocabulary, and what they are made from. */
export interface ScoredVocabulary {
  /** The tokens of the model by spelling. */
  readonly idOf: ReadonlyMap<string, number>;
  /** Tokens that others merge into, and those alone. */
  readonly wholes: readonly { readonly text: string; readonly score: number }[];
}

/**
 * The merges, "left right", that a SentencePiece vocabulary stands for, the first one first: every way to cut a token into two tokens, the
 * best score of the whole first, of equal ones the longest left piece first. The tokenizer.json of such models were made so.
 * Source: transformers, `generate_merges` in tokenization_utils_base.py.
 */
export async function scoredMerges({ idOf, wholes }: ScoredVocabulary): Promise<string[]> {
  const merges: string[] = [];
  for (const [place, { text }] of wholes.toSorted((a, b) => b.score - a.score).entries()) {
    if (place % STEP === 0) await betweenSteps();
    for (let cut = text.length - 1; cut > 0; cut--) {
      const right = text.slice(cut);
      if (!idOf.has(right)) continue;
      const left = text.slice(0, cut);
      if (idOf.has(left)) merges.push(`${left} ${right}`);
    }
  }
  return merges;
}
