import { InputError } from "../../errors.js";
import type { TokenizerFile } from "../../vocabulary/tokenizer-json.js";
import { fallbackIds } from "../byte-fallback.js";
import { buildTrie, type Trie } from "../../vocabulary/trie.js";
import type { PieceModel } from "../component.js";

/** How far below the least score a character lies that no token spells. */
const UNKNOWN_PENALTY = 10;

/** Id of a stretch of unknown characters, until it is looked up. */
const UNKNOWN = -1;

/** The split of greatest total log probability (Kudo 2018) as the crate does it (src/models/unigram/model.rs). */
export function unigram(file: TokenizerFile): PieceModel {
  const trie = buildTrie(file.idOf);
  const scores = file.scores.map(asRead);
  const least = scores.reduce((lowest, score) => Math.min(lowest, score), Infinity);
  return {
    tokenize(piece) {
      const stretches = bestPath(piece, { trie, scores, unknown: least - UNKNOWN_PENALTY, unkId: file.unkId });
      return stretches.flatMap(({ text, id }) => (id === UNKNOWN ? idsOfUnknown(text, file) : [id]));
    },
  };
}

/**
 * A score as the crate reads it. Its JSON reader divides the digits by a power of ten, which is off by a unit in the last
 * place for some numbers. Runs of one character have many ways of equal score, and such units choose among them.
 */
function asRead(score: number): number {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(score))!;
  const power = Number(exponent) - fraction.length;
  const digits = Number(whole! + fraction);
  const size = power < 0 ? digits / Number(`1e${-power}`) : digits * Number(`1e${power}`);
  return sign === "-" ? -size : size;
}

interface Scores {
  readonly trie: Trie;
  readonly scores: readonly number[];
  readonly unknown: number;
  readonly unkId: number | undefined;
}

interface Stretch {
  readonly text: string;
  readonly id: number;
}

/** Viterbi's algorithm from left to right. Of equal ways to a place, the one with the longest last piece stays. */
function bestPath(piece: string, { trie, scores, unknown, unkId }: Scores): Stretch[] {
  const size = piece.length;
  const best = new Float64Array(size + 1);
  const from = new Int32Array(size + 1).fill(-1); // start of the last piece on the best way to a place
  const last = new Int32Array(size + 1); // and its id
  const offer = (start: number, end: number, score: number, id: number): void => {
    if (from[end] !== -1 && score <= best[end]!) return;
    best[end] = score;
    from[end] = start;
    last[end] = id;
  };
  for (let start = 0; start < size;) {
    const character = piece.codePointAt(start)! > 0xffff ? 2 : 1;
    let spelled = false;
    trie.prefixes(piece, start, (end, id) => {
      offer(start, end, best[start]! + scores[id]!, id);
      spelled ||= end - start === character;
    });
    if (!spelled) offer(start, start + character, best[start]! + unknown, UNKNOWN);
    start += character;
  }
  return trace(piece, from, last, unkId);
}

/** The pieces of the best way; neighbouring unknown ones become one. */
function trace(piece: string, from: Int32Array, last: Int32Array, unkId: number | undefined): Stretch[] {
  const stretches: Stretch[] = [];
  for (let end = piece.length; end > 0;) {
    const isUnknown = (at: number): boolean => at > 0 && (last[at] === UNKNOWN || last[at] === unkId);
    let start = from[end]!;
    if (isUnknown(end)) while (isUnknown(start)) start = from[start]!;
    stretches.push({ text: piece.slice(start, end), id: isUnknown(end) ? UNKNOWN : last[end]! });
    end = start;
  }
  return stretches.reverse();
}

/** A stretch without a token of its own: its bytes, or the unknown token. */
function idsOfUnknown(text: string, { path, idOf, byteFallback, unkId }: TokenizerFile): readonly number[] {
  const id = idOf.get(text);
  if (id !== undefined) return [id];
  const ids = byteFallback ? fallbackIds(text, (token) => idOf.get(token)) : undefined;
  if (ids !== undefined) return ids;
  if (unkId !== undefined) return [unkId];
  throw new InputError(
    `${path}: no token spells ${JSON.stringify(text.slice(0, 20))}, and model.unk_id names none for that`,
  );
}
