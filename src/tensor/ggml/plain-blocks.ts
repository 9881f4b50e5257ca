import { numbersOfBits } from "../half.js";
import type { BlockFormat, BlockIntegers } from "./block-format.js";

/** Elements of a block of every format here. */
const SIZE = 32;
const HALF = SIZE / 2;

const unsigned16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** d; 16 bytes whose low halves are elements 0 to 15 and whose high halves are 16 to 31. */
function unpackQ4_0(bytes: Uint8Array, { quants, scales }: BlockIntegers): void {
  const halves = numbersOfBits("F16");
  for (let block = 0, at = 0; block < scales.length; block++, at += Q4_0.blockBytes) {
    scales[block] = halves[unsigned16(bytes, at)]!;
    takeNibbles(bytes, at + 2, quants, block * SIZE);
  }
}

/** d, m; 16 bytes as above. */
function unpackQ4_1(bytes: Uint8Array, { quants, scales, minimums }: BlockIntegers): void {
  const halves = numbersOfBits("F16");
  for (let block = 0, at = 0; block < scales.length; block++, at += Q4_1.blockBytes) {
    scales[block] = halves[unsigned16(bytes, at)]!;
    minimums[block] = -halves[unsigned16(bytes, at + 2)]!;
    takeNibbles(bytes, at + 4, quants, block * SIZE);
  }
}

/** d; 4 bytes whose bit i is the highest bit of element i; 16 bytes as above. */
function unpackQ5_0(bytes: Uint8Array, { quants, scales }: BlockIntegers): void {
  const halves = numbersOfBits("F16");
  for (let block = 0, at = 0; block < scales.length; block++, at += Q5_0.blockBytes) {
    scales[block] = halves[unsigned16(bytes, at)]!;
    takeFiveBits(bytes, at + 2, quants, block * SIZE);
  }
}

/** d, m; then as above. */
function unpackQ5_1(bytes: Uint8Array, { quants, scales, minimums }: BlockIntegers): void {
  const halves = numbersOfBits("F16");
  for (let block = 0, at = 0; block < scales.length; block++, at += Q5_1.blockBytes) {
    scales[block] = halves[unsigned16(bytes, at)]!;
    minimums[block] = -halves[unsigned16(bytes, at + 2)]!;
    takeFiveBits(bytes, at + 4, quants, block * SIZE);
  }
}

/** d; 32 signed bytes. */
function unpackQ8_0(bytes: Uint8Array, { quants, scales }: BlockIntegers): void {
  const halves = numbersOfBits("F16");
  for (let block = 0, at = 0; block < scales.length; block++, at += Q8_0.blockBytes) {
    scales[block] = halves[unsigned16(bytes, at)]!;
    for (let i = 0; i < SIZE; i++) quants[block * SIZE + i] = bytes[at + 2 + i]! ^ 0x80;
  }
}

function takeNibbles(bytes: Uint8Array, at: number, quants: Uint8Array, to: number): void {
  for (let i = 0; i < HALF; i++) {
    const pair = bytes[at + i]!;
    quants[to + i] = pair & 15;
    quants[to + HALF + i] = pair >> 4;
  }
}

/** 4 bytes of highest bits, then those of the lower ones. */
function takeFiveBits(bytes: Uint8Array, at: number, quants: Uint8Array, to: number): void {
  const low = unsigned16(bytes, at);
  const high = unsigned16(bytes, at + 2);
  for (let i = 0; i < HALF; i++) {
    const pair = bytes[at + 4 + i]!;
    quants[to + i] = (pair & 15) | (((low >> i) & 1) << 4);
    quants[to + HALF + i] = (pair >> 4) | (((high >> i) & 1) << 4);
  }
}

const plain = { blockSize: SIZE, groupSize: SIZE } as const;

export const Q4_0: BlockFormat = {
  ...{ ...plain, name: "Q4_0", blockBytes: 18, bits: 4, zero: 8, hasMinimums: false },
  unpack: unpackQ4_0,
};
export const Q4_1: BlockFormat = {
  ...{ ...plain, name: "Q4_1", blockBytes: 20, bits: 4, zero: 0, hasMinimums: true },
  unpack: unpackQ4_1,
};
export const Q5_0: BlockFormat = {
  ...{ ...plain, name: "Q5_0", blockBytes: 22, bits: 5, zero: 16, hasMinimums: false },
  unpack: unpackQ5_0,
};
export const Q5_1: BlockFormat = {
  ...{ ...plain, name: "Q5_1", blockBytes: 24, bits: 5, zero: 0, hasMinimums: true },
  unpack: unpackQ5_1,
};
export const Q8_0: BlockFormat = {
  ...{ ...plain, name: "Q8_0", blockBytes: 34, bits: 8, zero: 128, hasMinimums: false },
  unpack: unpackQ8_0,
};
