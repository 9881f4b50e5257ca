import { charactersOfByteString, type ByteString } from "./byte-string.js";
import type { Splitter } from "./splitter.js";
import type { Merge, TokenizerVocabulary } from "./token.js";

/**
 * Byte pair encoding (Sennrich et al. 2016) over bytes, or over characters with bytes as fallback: the adjacent pair
 * of lowest rank is merged until none is left.
 */
export function bpeSplitter(vocabulary: TokenizerVocabulary): Splitter {
  const { strings, idOfString } = vocabulary;
  const ranks = rankMerges(vocabulary);
  const rankOf = (left: string | undefined, right: string | undefined): number =>
    left === undefined || right === undefined ? Infinity : (ranks.get(pairKey(left, right)) ?? Infinity);

  return (bytes) => {
    const pieces = firstPieces(bytes, vocabulary)?.map((id) => strings[id]!);
    // rankOfPair[i]: of pieces i and i + 1; only the two beside a merge change.
    const rankOfPair = pieces?.map((piece, i) => rankOf(piece, pieces[i + 1]));
    while (pieces !== undefined && rankOfPair !== undefined) {
      const at = indexOfLeast(rankOfPair);
      if (at < 0) break;
      const merged = pieces[at]! + pieces[at + 1]!;
      if (!idOfString.has(merged)) {
        rankOfPair[at] = Infinity;
        continue;
      }
      pieces.splice(at, 2, merged);
      rankOfPair.splice(at, 2, rankOf(merged, pieces[at + 1]));
      if (at > 0) rankOfPair[at - 1] = rankOf(pieces[at - 1], merged);
    }
    return pieces?.map((piece) => idOfString.get(piece)!);
  };
}

/** Byte-level tokenizers start from bytes, others from characters, whose bytes stand in for unknown ones. */
function firstPieces(bytes: ByteString, { kind, idOfBytes }: TokenizerVocabulary): number[] | undefined {
  const byteLevel = kind === "byte-level BPE" || kind === "BPE with word ends";
  const units = byteLevel ? [...bytes] : charactersOfByteString(bytes);
  const ids: (number | undefined)[] = units.flatMap((unit) => {
    const id = idOfBytes.get(unit);
    return id === undefined ? [...unit].map((byte) => idOfBytes.get(byte)) : [id];
  });
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

/** Index of the first least rank, -1 where all are Infinity. */
function indexOfLeast(ranks: readonly number[]): number {
  let at = -1;
  for (let i = 0, least = Infinity; i < ranks.length; i++) {
    if (ranks[i]! < least) [least, at] = [ranks[i]!, i];
  }
  return at;
}

/** Rank of each pair; of a pair that stands twice the first counts. */
function rankMerges({ splitting }: TokenizerVocabulary): Map<string, number> {
  const merges = splitting.type === "BPE" ? splitting.merges : [];
  const ranks = new Map<string, number>();
  merges.forEach((merge, rank) => {
    const key = keyOfMerge(merge);
    if (!ranks.has(key)) ranks.set(key, rank);
  });
  return ranks;
}

/** A merge written as one string is its own key, so that indexing 280,000 of them builds no strings. */
const keyOfMerge = (merge: Merge): string => (typeof merge === "string" ? merge : pairKey(...merge));

const pairKey = (left: string, right: string): string =>
  left.includes(" ") || right.includes(" ") ? `${left}\0${right}` : `${left} ${right}`;
