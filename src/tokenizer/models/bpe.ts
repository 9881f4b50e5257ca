import { InputError } from "../../errors.js";
import type { TokenizerFile } from "../../vocabulary/tokenizer-json.js";
import { fallbackIds } from "../byte-fallback.js";
import { mergePairs, type PairMerges } from "../../vocabulary/merge-pairs.js";
import { PairTable } from "../../vocabulary/pair-table.js";
import type { PieceModel } from "../component.js";

/** Pieces whose ids are kept, and how long they may be: a text is made of a few thousand words that come again. */
const KEPT_PIECES = 10_000;
const LONGEST_KEPT = 256;

/**
 * Byte pair encoding as the crate does it (src/models/bpe).
 *
 * @throws InputError for dropout, which is random, and for merges of tokens that the vocabulary lacks
 */
export function bpe(file: TokenizerFile): PieceModel {
  if (file.dropout)
    throw new InputError(`${file.path}: model.dropout is ${file.dropout}, which makes ids random; set it to null`);
  const merges = indexMerges(file);
  const kept = new Map<string, readonly number[]>();
  const tokenize = (piece: string): readonly number[] => {
    const whole = file.ignoreMerges ? file.idOf.get(piece) : undefined;
    return whole === undefined ? mergePairs(firstIds(piece, file), merges) : [whole];
  };
  return {
    tokenize(piece) {
      const known = kept.get(piece);
      if (known !== undefined) return known;
      const ids = tokenize(piece);
      if (piece.length < LONGEST_KEPT && kept.size < KEPT_PIECES) kept.set(piece, ids);
      return ids;
    },
  };
}

/** Of a pair that stands twice the last counts, as in the crate. */
function indexMerges({ path, merges, idOf, continuingPrefix = "" }: TokenizerFile): PairMerges {
  const need = (token: string, rank: number): number => {
    const id = idOf.get(token);
    if (id !== undefined) return id;
    throw new InputError(`${path}: merge ${rank} needs the token ${JSON.stringify(token)}, which model.vocab lacks`);
  };
  const ranks = new PairTable();
  const merged = new Int32Array(merges.length);
  merges.forEach((merge, rank) => {
    const [left, right] = typeof merge === "string" ? (merge.split(" ") as [string, string]) : merge;
    ranks.set(need(left, rank), need(right, rank), rank);
    merged[rank] = need(left + right.slice(continuingPrefix.length), rank);
  });
  return { rankOf: (left, right) => ranks.get(left, right), mergedAt: (rank) => merged[rank]! };
}

/** Ids of a piece's characters, of their bytes where they have none, or the unknown token. */
function firstIds(piece: string, file: TokenizerFile): number[] {
  const { idOf, byteFallback, fuseUnk, continuingPrefix = "", wordEndSuffix = "" } = file;
  const ids: number[] = [];
  let unknown: number | undefined; // written before the next character that is known
  let at = 0;
  for (const character of piece) {
    const first = at === 0;
    at += character.length;
    const spelling = (first ? "" : continuingPrefix) + character + (at === piece.length ? wordEndSuffix : "");
    const id = idOf.get(spelling);
    const fallback = id === undefined && byteFallback ? fallbackIds(spelling, (token) => idOf.get(token)) : undefined;
    if (fallback !== undefined) ids.push(...fallback);
    else {
      if (unknown !== undefined && (id !== undefined || !fuseUnk)) ids.push(unknown);
      if (id !== undefined) ids.push(id);
      unknown = id === undefined ? unknownId(file) : undefined;
    }
  }
  return unknown === undefined ? ids : [...ids, unknown];
}

/** Undefined where the model has no unknown token: such characters are left out. */
function unknownId({ path, unkToken, idOf }: TokenizerFile): number | undefined {
  if (unkToken === undefined) return undefined;
  const id = idOf.get(unkToken);
  if (id !== undefined) return id;
  throw new InputError(`${path}: a text needs the unknown token ${JSON.stringify(unkToken)}, which model.vocab lacks`);
}
