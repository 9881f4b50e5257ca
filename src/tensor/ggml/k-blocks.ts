import { numbersOfBits } from "../half.js";
import type { BlockFormat, BlockIntegers } from "./block-format.js";

/** Elements of a block of every format here. */
const SIZE = 256;
/** Parts of a Q4_K or Q5_K block, each with a scale and a minimum of 6 bits. */
const PARTS = 8;
const PART = SIZE / PARTS;

const unsigned16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** d, dmin; 12 bytes of scales; 128 bytes: of each 32 the low halves are one part and the high halves the next. */
function unpackQ4_K(bytes: Uint8Array, out: BlockIntegers): void {
  const blocks = out.quants.length / SIZE;
  for (let block = 0, at = 0; block < blocks; block++, at += Q4_K.blockBytes) {
    takeScales(bytes, at, out, block * PARTS);
    takeNibbles(bytes, at + 16, out.quants, block * SIZE);
  }
}

/** d, dmin; 12 bytes of scales; 32 bytes, bit p of byte l the highest bit of element l of part p; 128 bytes as above. */
function unpackQ5_K(bytes: Uint8Array, out: BlockIntegers): void {
  const { quants } = out;
  const blocks = quants.length / SIZE;
  for (let block = 0, at = 0; block < blocks; block++, at += Q5_K.blockBytes) {
    takeScales(bytes, at, out, block * PARTS);
    takeNibbles(bytes, at + 48, quants, block * SIZE);
    for (let i = 0; i < SIZE; i++) {
      quants[block * SIZE + i]! |= ((bytes[at + 16 + (i & (PART - 1))]! >> (i >> 5)) & 1) << 4;
    }
  }
}

/**
 * d sc and dmin mn of eight parts. The first four have 6 bits in place; of the others the lower four lie together in the last
 * four bytes, and the upper two behind the scales and minimums of the first.
 */
function takeScales(bytes: Uint8Array, at: number, { scales, minimums }: BlockIntegers, to: number): void {
  const halves = numbersOfBits("F16");
  const d = halves[unsigned16(bytes, at)]!;
  const dmin = halves[unsigned16(bytes, at + 2)]!;
  const s = at + 4;
  for (let part = 0; part < 4; part++) {
    scales[to + part] = d * (bytes[s + part]! & 63);
    minimums[to + part] = dmin * (bytes[s + part + 4]! & 63);
    const low = bytes[s + part + 8]!;
    scales[to + part + 4] = d * ((low & 15) | ((bytes[s + part]! >> 6) << 4));
    minimums[to + part + 4] = dmin * ((low >> 4) | ((bytes[s + part + 4]! >> 6) << 4));
  }
}

function takeNibbles(bytes: Uint8Array, at: number, quants: Uint8Array, to: number): void {
  for (let pair = 0; pair < PARTS / 2; pair++) {
    for (let i = 0; i < PART; i++) {
      const both = bytes[at + pair * PART + i]!;
      quants[to + 2 * pair * PART + i] = both & 15;
      quants[to + (2 * pair + 1) * PART + i] = both >> 4;
    }
  }
}

/** 128 bytes of lower halves, 64 of upper pairs of bits, 16 signed scales, d; in two halves of four quarters of 32 elements. */
function unpackQ6_K(bytes: Uint8Array, { quants, scales }: BlockIntegers): void {
  const halves = numbersOfBits("F16");
  const blocks = quants.length / SIZE;
  for (let block = 0, at = 0; block < blocks; block++, at += Q6_K.blockBytes) {
    const d = halves[unsigned16(bytes, at + 208)]!;
    for (let group = 0; group < 16; group++) {
      scales[block * 16 + group] = d * ((bytes[at + 192 + group]! << 24) >> 24);
    }
    for (let half = 0; half < 2; half++) {
      const [low, high, to] = [at + 64 * half, at + 128 + 32 * half, block * SIZE + 128 * half];
      for (let i = 0; i < 32; i++) {
        const [first, second, upper] = [bytes[low + i]!, bytes[low + 32 + i]!, bytes[high + i]!];
        quants[to + i] = (first & 15) | ((upper & 3) << 4);
        quants[to + 32 + i] = (second & 15) | (((upper >> 2) & 3) << 4);
        quants[to + 64 + i] = (first >> 4) | (((upper >> 4) & 3) << 4);
        quants[to + 96 + i] = (second >> 4) | ((upper >> 6) << 4);
      }
    }
  }
}

const withParts = { blockSize: SIZE, groupSize: PART, zero: 0, hasMinimums: true } as const;

export const Q4_K: BlockFormat = { ...withParts, name: "Q4_K", blockBytes: 144, bits: 4, unpack: unpackQ4_K };
export const Q5_K: BlockFormat = { ...withParts, name: "Q5_K", blockBytes: 176, bits: 5, unpack: unpackQ5_K };
export const Q6_K: BlockFormat = {
  ...{ name: "Q6_K", blockSize: SIZE, blockBytes: 210, groupSize: 16, bits: 6, zero: 32, hasMinimums: false },
  unpack: unpackQ6_K,
};
