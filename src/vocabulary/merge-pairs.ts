/** What adjacent pieces merge into. */
export interface PairMerges {
  /** Rank of the merge of two ids, below 2^21; -1 where they do not merge. */
  readonly rankOf: (left: number, right: number) => number;
  /** The id that the pair of a rank becomes. */
  readonly mergedAt: (rank: number) => number;
}

/** Positions are below this number, so that one number can hold a rank and a position exactly. */
const POSITIONS = 2 ** 31;

/**
 * Byte pair encoding (Sennrich et al. 2016). Of all adjacent pairs, the one of lowest rank, and of equals the first, becomes
 * one piece, until no pair merges. It takes n log n steps for n pieces.
 */
export function mergePairs(ids: readonly number[], { rankOf, mergedAt }: PairMerges): readonly number[] {
  const count = ids.length;
  if (count < 2) return ids;
  const piece = Int32Array.from(ids); // -1: part of the piece before
  const next = Int32Array.from({ length: count }, (_, at) => at + 1);
  const before = Int32Array.from({ length: count }, (_, at) => at - 1);
  const queue: number[] = [];
  const offer = (left: number, right: number): void => {
    if (left < 0 || right >= count) return;
    const rank = rankOf(piece[left]!, piece[right]!);
    if (rank >= 0) push(queue, rank * POSITIONS + left);
  };
  for (let at = 0; at + 1 < count; at++) offer(at, at + 1);
  for (let top = pop(queue); top !== undefined; top = pop(queue)) {
    const at = top % POSITIONS;
    const right = next[at]!;
    if (piece[at] === -1 || right >= count) continue;
    const id = mergedAt((top - at) / POSITIONS);
    const rank = rankOf(piece[at]!, piece[right]!);
    if (rank < 0 || mergedAt(rank) !== id) continue; // the pair changed since it was queued
    piece[at] = id;
    piece[right] = -1;
    next[at] = next[right]!;
    if (next[at] < count) before[next[at]] = at;
    offer(before[at]!, at);
    offer(at, next[at]);
  }
  return Array.from(piece.filter((id) => id !== -1));
}

/** Adds to a binary heap, least number first. */
function push(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= value) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = value;
}

/** Takes the least number from a binary heap. */
function pop(heap: number[]): number | undefined {
  const least = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return least;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= last) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return least;
}
