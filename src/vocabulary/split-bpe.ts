import { charactersOfByteString, type ByteString } from "./byte-string.js";
import type { Splitter } from "./splitter.js";
import type { Merge, TokenizerVocabulary } from "./token.js";

/** What two adjacent pieces merge into; rank Infinity where they do not. */
interface Pair {
  readonly rank: number;
  readonly id: number;
}

const NO_PAIR: Pair = { rank: Infinity, id: -1 };

/**
 * Byte pair encoding (Sennrich et al. 2016) over bytes, or over characters with bytes as fallback: the adjacent pair
 * of lowest rank is merged until none is left.
 */
export function bpeSplitter(vocabulary: TokenizerVocabulary): Splitter {
  const pairOf = createPairs(vocabulary);
  return (bytes) => {
    const ids = firstPieces(bytes, vocabulary);
    // pairs[i]: of pieces i and i + 1; only the two beside a merge change.
    const pairs = ids?.map((id, i) => pairOf(id, ids[i + 1]));
    while (ids !== undefined && pairs !== undefined) {
      const at = indexOfLeast(pairs);
      if (at < 0) break;
      const { id } = pairs[at]!;
      ids.splice(at, 2, id);
      pairs.splice(at, 2, pairOf(id, ids[at + 1]));
      if (at > 0) pairs[at - 1] = pairOf(ids[at - 1]!, id);
    }
    return ids;
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

/** Index of the first pair of least rank, -1 where nothing merges. */
function indexOfLeast(pairs: readonly Pair[]): number {
  let at = -1;
  for (let i = 0, least = Infinity; i < pairs.length; i++) {
    if (pairs[i]!.rank < least) [least, at] = [pairs[i]!.rank, i];
  }
  return at;
}

/** Looks pairs up by their spellings, each once: the same few thousand pairs come again and again. */
function createPairs(vocabulary: TokenizerVocabulary): (left: number, right: number | undefined) => Pair {
  const { strings, idOfString, size } = vocabulary;
  const ranks = rankMerges(vocabulary);
  const known = new Map<number, Pair>(); // left * size + right -> pair
  const lookUp = (left: string, right: string): Pair => {
    const rank = ranks.get(pairKey(left, right));
    const id = rank === undefined ? undefined : idOfString.get(left + right);
    return rank === undefined || id === undefined ? NO_PAIR : { rank, id };
  };
  return (left, right) => {
    if (right === undefined) return NO_PAIR;
    const key = left * size + right;
    let pair = known.get(key);
    if (pair === undefined) {
      pair = lookUp(strings[left]!, strings[right]!);
      known.set(key, pair);
    }
    return pair;
  };
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
