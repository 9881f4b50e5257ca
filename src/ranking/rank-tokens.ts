import { InputError } from "../errors.js";
import type { TokenizerVocabulary } from "../vocabulary/token.js";

/** A token that every tokenizer has. */
export interface RankedToken {
  /** Its id in each tokenizer, in their order. */
  readonly ids: readonly number[];
  /** How often it came. */
  readonly count: number;
}

/** Tokens that all tokenizers have and that came in the texts, the most frequent first. */
export interface Ranking {
  readonly tokens: readonly RankedToken[];
  /** Of all tokens that were counted, shared or not. */
  readonly occurrences: number;
  /** Different tokens that were counted and that some tokenizer lacks, and how often they came. */
  readonly unshared: { readonly tokens: number; readonly occurrences: number };
}

/**
 * Ranks the tokens that all tokenizers have by bytes. Special tokens are no text, and left out; tokens that came equally often keep
 * the order in which they were counted.
 *
 * @param counted ids of the first tokenizer with their counts, in order
 */
export function rankTokens(
  counted: Iterable<readonly [id: number, count: number]>,
  tokenizers: readonly TokenizerVocabulary[],
): Ranking {
  const [first, ...others] = tokenizers;
  const tokens: RankedToken[] = [];
  const unshared = { tokens: 0, occurrences: 0 };
  let occurrences = 0;
  for (const [id, count] of counted) {
    if (count === 0) continue;
    occurrences += count;
    const bytes = first!.byteStrings[id];
    const ids = bytes === undefined ? [] : others.flatMap(({ idOfBytes }) => idOfBytes.get(bytes) ?? []);
    if (bytes !== undefined && ids.length === others.length) tokens.push({ ids: [id, ...ids], count });
    else {
      unshared.tokens++;
      unshared.occurrences += count;
    }
  }
  tokens.sort((a, b) => b.count - a.count);
  return { tokens, occurrences, unshared };
}

/** Where a ranking is cut: at a number of tokens, or at a share of all occurrences. */
export type Cut = { readonly size: number } | { readonly cover: number };

/**
 * The number of tokens that are kept.
 *
 * @throws InputError when the ranking has fewer tokens, or covers less in all
 */
export function cutRanking({ tokens, occurrences }: Ranking, cut: Cut): number {
  if ("size" in cut) {
    if (cut.size <= tokens.length) return cut.size;
    throw new InputError(
      `--size: is ${cut.size}, and ${tokens.length} tokens came that all tokenizers have; give more text, or a smaller size`,
    );
  }
  let sum = 0;
  for (const [at, { count }] of tokens.entries()) {
    sum += count;
    if (sum >= cut.cover * occurrences) return at + 1;
  }
  const most = Math.floor((1e4 * sum) / Math.max(1, occurrences)) / 1e4;
  throw new InputError(
    `--cover: is ${cut.cover}, and all ${tokens.length} tokens that all tokenizers have cover ${most}; ask for less`,
  );
}

/** A point of the curve of coverage over size. */
export interface CoverageAtSize {
  readonly size: number;
  /** Share of all occurrences that the first `size` tokens are. */
  readonly coverage: number;
}

/** Coverage at sizes that grow by a quarter and at the end, as far as the ranking goes. */
export function coverageCurve({ tokens, occurrences }: Ranking): readonly CoverageAtSize[] {
  const points: CoverageAtSize[] = [];
  let [sum, next] = [0, 100];
  tokens.forEach(({ count }, at) => {
    sum += count;
    if (at + 1 !== next && at + 1 !== tokens.length) return;
    points.push({ size: at + 1, coverage: sum / occurrences });
    next = Math.ceil(next * 1.25);
  });
  return points;
}
