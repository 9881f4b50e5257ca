import { readableByteString } from "../vocabulary/byte-string.js";
import type { RowMatch } from "../vocabulary/row-match.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import type { TokenizerVocabulary } from "../vocabulary/token.js";

/** What a comparison of spellings would find among text and byte tokens, beside what bytes find. */
export interface StringMatching {
  /** Source tokens whose spelling the target has too. */
  readonly found: number;
  /** Those of them that stand for other bytes in the target: "é" is the byte E9 in one alphabet and a letter in another. */
  readonly wrong: readonly StringPair[];
  /** Shared tokens that only their bytes reveal. */
  readonly onlyByBytes: readonly StringPair[];
}

export interface StringPair {
  /** Spelling in the source. */
  readonly source: string;
  /** Spelling in the target. */
  readonly target: string;
  /** The source's bytes, readable. */
  readonly text: string;
}

/** Compares both ways of matching; `rows` are the matches of `tokens` by bytes. */
export function compareStrings(
  tokens: readonly SourceToken[],
  rows: readonly RowMatch[],
  target: TokenizerVocabulary,
): StringMatching {
  const wrong: StringPair[] = [];
  const onlyByBytes: StringPair[] = [];
  let found = 0;
  tokens.forEach(({ string, bytes }, index) => {
    if (bytes === undefined) return;
    const spelled = target.idOfString.get(string);
    if (spelled !== undefined) found++;
    const right = spelled !== undefined && target.byteStrings[spelled] === bytes;
    if (right) return;
    if (spelled !== undefined) wrong.push({ source: string, target: string, text: readableByteString(bytes) });
    const { match, ids } = rows[index]!;
    if (match !== "exact" && match !== "byte") return;
    onlyByBytes.push({ source: string, target: target.strings[ids[0]!]!, text: readableByteString(bytes) });
  });
  return { found, wrong, onlyByBytes };
}
