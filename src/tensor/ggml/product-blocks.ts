import type { BlockFormat, BlockIntegers } from "./block-format.js";

/*
 * What a matrix product takes (`QuantisedTensor`): weight = scale * (integer - 2^(bits - 1)) + offset. Every format here is that with the same
 * integers but for a shift, so nothing is rounded but the offsets, to float32.
 */

/** Bits of an integer in the product's blocks: 5 and 6 bits are held in 8. */
export const productBits = ({ bits }: BlockFormat): 4 | 8 => (bits === 4 ? 4 : 8);

/** What stands for 0 in the middle of a format's integers. */
const middle = ({ bits }: BlockFormat): number => 2 ** (bits - 1);

/** The integers of blocks as the product has them; of 4 bits two share a byte, the first in the low half. */
export function packIntegers({ quants }: BlockIntegers, format: BlockFormat): Uint8Array {
  const shift = 2 ** (productBits(format) - 1) - middle(format);
  if (productBits(format) === 8) return shift === 0 ? quants : added(quants, shift);
  const packed = new Uint8Array(quants.length / 2);
  for (let i = 0; i < packed.length; i++) packed[i] = quants[2 * i]! | (quants[2 * i + 1]! << 4);
  return packed;
}

/** A loop, because `map` calls a function for each of hundreds of millions of weights. */
function added(quants: Uint8Array, shift: number): Uint8Array {
  const sums = new Uint8Array(quants.length);
  for (let i = 0; i < sums.length; i++) sums[i] = quants[i]! + shift;
  return sums;
}

/** The offset of every weight of a group: (elements / groupSize). */
export function groupOffsets({ scales, minimums }: BlockIntegers, format: BlockFormat): Float32Array {
  const shift = middle(format) - format.zero;
  return scales.map((scale, group) => scale * shift - (minimums[group] ?? 0));
}

/** Whether the product needs offsets: in formats whose zero is not in the middle. */
export const hasOffsets = (format: BlockFormat): boolean => format.hasMinimums || format.zero !== middle(format);
