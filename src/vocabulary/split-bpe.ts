import { charactersOfByteString, type ByteString } from "./byte-string.js";
import type { Splitter } from "./splitter.js";
import type { Merge, TokenizerVocabulary } from "./token.js";

interface MergeTable {
  /** left * size + right -> rank. */
  readonly ranks: ReadonlyMap<number, number>;
  /** (merges) id that each rank makes. */
  readonly merged: Int32Array;
}

/**
 * Byte pair encoding (Sennrich et al. 2016) over bytes, or over characters with bytes as fallback: the adjacent pair
 * of lowest rank is merged until none is left.
 */
export function bpeSplitter(vocabulary: TokenizerVocabulary): Splitter {
  const { ranks, merged } = indexMerges(vocabulary);
  return (bytes) => {
    const pieces = firstPieces(bytes, vocabulary);
    if (pieces === undefined) return undefined;
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let i = 0; i + 1 < pieces.length; i++) {
        const rank = ranks.get(pieces[i]! * vocabulary.size + pieces[i + 1]!) ?? Infinity;
        if (rank < best) [best, at] = [rank, i];
      }
      if (at < 0) return pieces;
      pieces.splice(at, 2, merged[best]!);
    }
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

/** Merges of pieces that the vocabulary lacks can never apply and are left out. */
function indexMerges({ splitting, idOfString, size }: TokenizerVocabulary): MergeTable {
  const merges = splitting.type === "BPE" ? splitting.merges : [];
  const ranks = new Map<number, number>();
  const merged = new Int32Array(merges.length).fill(-1);
  merges.forEach((merge, rank) => {
    const [left, right] = piecesOf(merge);
    const [leftId, rightId] = [idOfString.get(left), idOfString.get(right)];
    const id = idOfString.get(left + right);
    if (leftId === undefined || rightId === undefined || id === undefined) return;
    const key = leftId * size + rightId;
    if (ranks.has(key)) return;
    ranks.set(key, rank);
    merged[rank] = id;
  });
  return { ranks, merged };
}

function piecesOf(merge: Merge): readonly [string, string] {
  if (typeof merge !== "string") return merge;
  const space = merge.indexOf(" ");
  return [merge.slice(0, space), merge.slice(space + 1)];
}
