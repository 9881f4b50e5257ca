import type { Random } from "../../tensor/random.js";

/** How the patches of a picture lie. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** Patches that are shown to the LLM together with the one that it is asked about, at most. */
const NEIGHBOURS = 4;
/** Patches that are shown together, at most. */
export const GROUP = 1 + NEIGHBOURS;

/**
 * A patch and those of its eight neighbours that look most like it, in the order of reading: an object covers several patches, and the
 * LLM names it better from all of them than from one.
 *
 * @param directions (patches, width): vectors whose cosines say how alike patches are
 * @returns numbers of patches, ascending, `patch` among them
 */
export function patchGroup(
  patch: number,
  directions: Float32Array,
  { rows, columns }: Grid,
  neighbours = NEIGHBOURS,
): readonly number[] {
  const width = directions.length / (rows * columns);
  const [row, column] = [Math.floor(patch / columns), patch % columns];
  const around: number[] = [];
  for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
    for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
      if (r !== row || c !== column) around.push(r * columns + c);
    }
  }
  const alike = new Map(around.map((other) => [other, cosine(directions, patch, other, width)]));
  const nearest = around.toSorted((a, b) => alike.get(b)! - alike.get(a)! || a - b).slice(0, neighbours);
  return [patch, ...nearest].sort((a, b) => a - b);
}

/**
 * Draws patches of a picture to ask about, those that stand out more often: each with a chance in proportion to the squared length of its
 * whitened vector. Patches of the ground are many and alike, and a few of them tell what all of them say.
 *
 * @param directions (patches, width): whitened vectors
 * @returns `count` numbers, ascending, none twice
 */
export function drawPatches(directions: Float32Array, width: number, count: number, random: Random): number[] {
  const patches = directions.length / width;
  const chances = Array.from({ length: patches }, (_, patch) => {
    const row = directions.subarray(patch * width, (patch + 1) * width);
    return row.reduce((sum, value) => sum + value * value, Number.MIN_VALUE);
  });
  // The largest keys u^(1 / chance) are such a sample. Source: Efraimidis and Spirakis, "Weighted random sampling", 2006.
  const keys = chances.map((chance) => Math.log(1 - random()) / chance);
  const order = [...keys.keys()].sort((a, b) => keys[b]! - keys[a]! || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

function cosine(rows: Float32Array, first: number, second: number, width: number): number {
  let [product, a, b] = [0, 0, 0];
  for (let i = 0; i < width; i++) {
    const [x, y] = [rows[first * width + i]!, rows[second * width + i]!];
    product += x * y;
    a += x * x;
    b += y * y;
  }
  return product / Math.sqrt(Math.max(a * b, Number.MIN_VALUE));
}
