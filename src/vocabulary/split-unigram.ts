import { charactersOfByteString, type ByteString } from "./byte-string.js";
import type { Splitter } from "./splitter.js";
import type { TokenizerVocabulary } from "./token.js";

/** Below the least score for each byte that only byte fallback covers, as SentencePiece has for unknown characters. */
const UNKNOWN_PENALTY = 10;

interface Step {
  /** Log probability of the best split up to here. */
  readonly score: number;
  /** Place of the border where its last piece starts. */
  readonly from: number;
  /** Ids of its last piece: one, or the byte tokens of one character. */
  readonly ids: readonly number[];
}

/** The split of greatest total log probability (Kudo 2018), found by Viterbi over the borders of characters. */
export function unigramSplitter(vocabulary: TokenizerVocabulary): Splitter {
  const { idOfBytes, splitting } = vocabulary;
  const scores = splitting.type === "Unigram" ? splitting.scores : [];
  const longest = [...idOfBytes.keys()].reduce((length, bytes) => Math.max(length, bytes.length), 0);
  // Most of what a Unigram vocabulary cannot spell is a script that it never saw.
  const known = new Set([...idOfBytes.keys()].flatMap(charactersOfByteString));
  const unknown = scores.reduce((least, score) => Math.min(least, score), 0) - UNKNOWN_PENALTY;

  const candidate = (
    piece: ByteString,
    isCharacter: boolean,
  ): { ids: readonly number[]; score: number } | undefined => {
    const id = idOfBytes.get(piece);
    if (id !== undefined) return { ids: [id], score: scores[id] ?? unknown };
    if (!isCharacter) return undefined;
    const ids = [...piece].map((byte) => idOfBytes.get(byte));
    return ids.every((id) => id !== undefined) ? { ids, score: unknown * ids.length } : undefined;
  };

  return (bytes) => {
    const characters = charactersOfByteString(bytes);
    if (characters.some((character) => !known.has(character) && candidate(character, true) === undefined))
      return undefined;
    const borders = bordersOf(characters);
    const best: (Step | undefined)[] = [{ score: 0, from: -1, ids: [] }];
    for (let end = 1, farthest = 0; end < borders.length; end++) {
      while (borders[end]! - borders[farthest]! > Math.max(longest, borders[end]! - borders[end - 1]!)) farthest++;
      // From the farthest start on, so that of equal splits the one with the longest last piece stays, as in the crate.
      for (let start = farthest; start < end; start++) {
        const before = best[start];
        const last = before && candidate(bytes.slice(borders[start], borders[end]), start === end - 1);
        if (last === undefined) continue;
        const score = before!.score + last.score;
        if (score > (best[end]?.score ?? -Infinity)) best[end] = { score, from: start, ids: last.ids };
      }
    }
    return trace(best, borders.length - 1);
  };
}

/** Byte offsets between characters, both ends included. */
function bordersOf(characters: readonly ByteString[]): number[] {
  const borders = [0];
  for (const character of characters) borders.push(borders.at(-1)! + character.length);
  return borders;
}

function trace(best: readonly (Step | undefined)[], last: number): number[] | undefined {
  const pieces: (readonly number[])[] = [];
  for (let at = last; at > 0;) {
    const step = best[at];
    if (step === undefined) return undefined;
    pieces.push(step.ids);
    at = step.from;
  }
  return pieces.reverse().flat();
}
