import type { ByteString } from "./byte-string.js";

/**
 * What a token is for.
 * - text: its bytes, wherever they stand; part of a character counts too.
 * - byte: one byte that is no text by itself: `<0x0A>` of byte fallback, a byte from 0x80 up of a byte-level tokenizer.
 * - special: a control token, known by its roles; its spelling is no text.
 * - reserved: set aside for later control tokens. No text, no role.
 * - unused: no text was ever tokenized into it.
 */
export type TokenKind = "text" | "byte" | "special" | "reserved" | "unused";

export const TOKEN_KINDS: readonly TokenKind[] = ["text", "byte", "special", "reserved", "unused"];

export type TokenizerKind =
  "byte-level BPE" | "SentencePiece BPE" | "BPE" | "BPE with word ends" | "Unigram" | "WordPiece" | "WordLevel";

export interface HashedFile {
  readonly name: string;
  readonly sha256: string;
}

/**
 * A tokenizer reduced to what its ids mean. Arrays are indexed by id and `size` long; an id without a token (a hole) is
 * undefined in each of them.
 */
export interface TokenizerVocabulary {
  readonly folder: string;
  readonly kind: TokenizerKind;
  /** Largest id + 1, holes included. */
  readonly size: number;
  /** Spellings in tokenizer.json. */
  readonly strings: readonly (string | undefined)[];
  readonly kinds: readonly (TokenKind | undefined)[];
  /** Undefined for special, reserved and unused tokens too. */
  readonly byteStrings: readonly (ByteString | undefined)[];
  /** The one id that stands for these bytes: a text token before a byte token, then the lowest id. */
  readonly idOfBytes: ReadonlyMap<ByteString, number>;
  readonly idOfString: ReadonlyMap<string, number>;
  readonly idOfRole: ReadonlyMap<string, number>;
  /** Such as "bos" or "turn-end", the most telling first. Only special tokens have any. */
  readonly rolesOfId: ReadonlyMap<number, readonly string[]>;
  readonly splitting: SplittingModel;
  /** The files read, tokenizer.json first. */
  readonly files: readonly HashedFile[];
  /** What a person should know about odd ids, one line each: holes, ids that are taken twice, empty tokens. */
  readonly notes: readonly string[];
}

/** How the tokenizer splits bytes into its tokens. */
export type SplittingModel =
  | { readonly type: "BPE"; readonly merges: readonly Merge[] }
  /** Log probability of each id. */
  | { readonly type: "Unigram"; readonly scores: readonly number[] }
  | { readonly type: "WordPiece" };

/** "left right" or [left, right], both spelled as in the vocabulary; it is checked that there are two pieces. */
export type Merge = string | readonly [string, string];
