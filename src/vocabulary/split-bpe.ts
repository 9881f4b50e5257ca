import { charactersOfByteString, type ByteString } from "./byte-string.js";
import { mergePairs, type PairMerges } from "./merge-pairs.js";
import { PairTable } from "./pair-table.js";
import type { Splitter } from "./splitter.js";
import type { Merge, TokenizerVocabulary } from "./token.js";

/** Byte pair encoding over bytes, or over characters with bytes as fallback. */
export function bpeSplitter(vocabulary: TokenizerVocabulary): Splitter {
  const merges = createMerges(vocabulary);
  return (bytes) => {
    const ids = firstPieces(bytes, vocabulary);
    return ids && mergePairs(ids, merges);
  };
}

/** Byte-level tokenizers start from bytes, others from characters, and take the bytes of unknown characters. */
function firstPieces(bytes: ByteString, { kind, idOfBytes }: TokenizerVocabulary): number[] | undefined {
  const byteLevel = kind === "byte-level BPE" || kind === "BPE with word ends";
  const units = byteLevel ? [...bytes] : charactersOfByteString(bytes);
  const ids: (number | undefined)[] = units.flatMap((unit) => {
    const id = idOfBytes.get(unit);
    return id === undefined ? [...unit].map((byte) => idOfBytes.get(byte)) : [id];
  });
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

/** Looks each pair up by its spellings once: the same few thousand pairs come again and again. */
function createMerges(vocabulary: TokenizerVocabulary): PairMerges {
  const { strings, idOfString } = vocabulary;
  const ranks = rankMerges(vocabulary);
  const known = new PairTable(); // (left, right) -> rank + 1, 0 where they do not merge
  const merged = new Map<number, number>(); // rank -> id
  const lookUp = (left: string, right: string): number => {
    const rank = ranks.get(pairKey(left, right));
    const id = rank === undefined ? undefined : idOfString.get(left + right);
    if (rank === undefined || id === undefined) return -1;
    merged.set(rank, id);
    return rank;
  };
  return {
    rankOf(left, right) {
      const seen = known.get(left, right);
      if (seen >= 0) return seen - 1;
      const rank = lookUp(strings[left]!, strings[right]!);
      known.set(left, right, rank + 1);
      return rank;
    },
    mergedAt: (rank) => merged.get(rank)!,
  };
}

/** The rank of each pair; where a pair stands twice, the last one counts, as in the crate. */
function rankMerges({ splitting }: TokenizerVocabulary): Map<string, number> {
  const merges = splitting.type === "BPE" ? splitting.merges : [];
  const ranks = new Map<string, number>();
  merges.forEach((merge, rank) => ranks.set(keyOfMerge(merge), rank));
  return ranks;
}

/** A merge written as one string is its own key, so that indexing 280,000 of them builds no strings. */
const keyOfMerge = (merge: Merge): string => (typeof merge === "string" ? merge : pairKey(...merge));

const pairKey = (left: string, right: string): string =>
  left.includes(" ") || right.includes(" ") ? `${left}\0${right}` : `${left} ${right}`;
