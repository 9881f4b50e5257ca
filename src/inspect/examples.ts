import { readableByteString } from "../vocabulary/byte-string.js";
import type { MatchClass, RowMatch } from "../vocabulary/row-match.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import type { TokenizerVocabulary } from "../vocabulary/token.js";

export interface Example {
  readonly match: MatchClass;
  /** Spelling in the source. */
  readonly source: string;
  /** The source's bytes, readable; of a special token its spelling. */
  readonly text: string;
  /** Spellings of the target tokens that it is made of. */
  readonly target: readonly string[];
}

/** How many examples each class gets. */
const EXAMPLES = 5;

/** Some tokens of a class: the most frequent where counts are known, else evenly spread over the vocabulary. */
export function examplesOf(
  match: MatchClass,
  tokens: readonly SourceToken[],
  rows: readonly RowMatch[],
  target: TokenizerVocabulary,
  counts: readonly number[] | undefined,
): Example[] {
  const own = Array.from(rows.keys()).filter((index) => rows[index]!.match === match);
  const chosen = counts
    ? own.sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, EXAMPLES)
    : Array.from({ length: Math.min(EXAMPLES, own.length) }, (_, i) => own[spread(i, own.length)]!);
  return chosen.map((index) => {
    const { string, bytes } = tokens[index]!;
    return {
      match,
      source: string,
      text: bytes === undefined ? string : readableByteString(bytes),
      target: rows[index]!.ids.map((id) => target.strings[id]!),
    };
  });
}

const spread = (i: number, length: number): number =>
  length <= EXAMPLES ? i : Math.floor(((i + 0.5) * length) / EXAMPLES);
