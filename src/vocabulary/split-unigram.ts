import { charactersOfByteString, type ByteString } from "./byte-string.js";
import type { Splitter } from "./splitter.js";
import type { TokenizerVocabulary } from "./token.js";
import { buildTrie } from "./trie.js";

/** How far below the least score a byte lies that only byte fallback covers; SentencePiece has the same for unknown characters. */
const UNKNOWN_PENALTY = 10;

interface Step {
  /** Log probability of the best split up to here. */
  readonly score: number;
  /** Byte offset at which its last piece starts. */
  readonly from: number;
  /** Ids of its last piece: one, or the byte tokens of one character. */
  readonly ids: readonly number[];
}

/** The split of greatest total log probability (Kudo 2018). Viterbi's algorithm finds it over the borders of characters. */
export function unigramSplitter(vocabulary: TokenizerVocabulary): Splitter {
  const { idOfBytes, splitting } = vocabulary;
  const scores = splitting.type === "Unigram" ? splitting.scores : [];
  const trie = buildTrie(idOfBytes);
  const unknown = scores.reduce((least, score) => Math.min(least, score), 0) - UNKNOWN_PENALTY;

  return (bytes) => {
    const borders = bordersOf(bytes);
    const best: (Step | undefined)[] = [{ score: 0, from: -1, ids: [] }]; // by byte offset
    for (const [index, start] of borders.entries()) {
      const before = best[start];
      const next = borders[index + 1];
      if (before === undefined || next === undefined) continue;
      // Of equal splits, the one with the longest last piece stays, as in the crate, since its start came first.
      const offer = (end: number, ids: readonly number[], score: number): void => {
        if (before.score + score > (best[end]?.score ?? -Infinity))
          best[end] = { score: before.score + score, from: start, ids };
      };
      let spelled = false;
      trie.prefixes(bytes, start, (end, id) => {
        offer(end, [id], scores[id] ?? unknown);
        spelled ||= end === next;
      });
      const fallback = spelled ? undefined : idsOfBytes(bytes.slice(start, next), idOfBytes);
      if (fallback !== undefined) offer(next, fallback, unknown * fallback.length);
    }
    return trace(best, bytes.length);
  };
}

function idsOfBytes(character: ByteString, idOfBytes: TokenizerVocabulary["idOfBytes"]): number[] | undefined {
  const ids = [...character].map((byte) => idOfBytes.get(byte));
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

/** Byte offsets between characters, with both ends. */
function bordersOf(bytes: ByteString): number[] {
  let end = 0;
  return [0, ...charactersOfByteString(bytes).map((character) => (end += character.length))];
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
