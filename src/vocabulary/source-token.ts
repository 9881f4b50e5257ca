import type { ByteString } from "./byte-string.js";
import type { TokenizerVocabulary, TokenKind } from "./token.js";

/** A token to find in another vocabulary. It comes from a tokenizer, or from a list whose tokenizer is not at hand. */
export interface SourceToken {
  /** As its tokenizer or list spells it. */
  readonly string: string;
  readonly kind: TokenKind;
  /** Present for text and byte tokens. */
  readonly bytes?: ByteString;
  readonly roles: readonly string[];
  /** Its id in the source tokenizer, where that is known. */
  readonly id?: number;
}

/** Every token of a tokenizer in the order of ids; holes are left out. */
export function tokensOfVocabulary(vocabulary: TokenizerVocabulary): SourceToken[] {
  const { strings, kinds, byteStrings, rolesOfId } = vocabulary;
  const tokens: SourceToken[] = [];
  for (let id = 0; id < vocabulary.size; id++) {
    const [string, kind, bytes] = [strings[id], kinds[id], byteStrings[id]];
    if (string === undefined || kind === undefined) continue;
    tokens.push({ id, string, kind, roles: rolesOfId.get(id) ?? [], ...(bytes !== undefined && { bytes }) });
  }
  return tokens;
}

/** The token of each of the first `count` ids; an id without a token is an unused one, `<row 12>`. */
export function tokensOfIds(vocabulary: TokenizerVocabulary, count: number): SourceToken[] {
  const byId = new Map(tokensOfVocabulary(vocabulary).map((token) => [token.id!, token]));
  return Array.from({ length: count }, (_, id) => byId.get(id) ?? unknownToken(id));
}

/** The token of a row about which nothing is known. */
export const unknownToken = (row: number): SourceToken => ({ string: `<row ${row}>`, kind: "unused", roles: [] });
