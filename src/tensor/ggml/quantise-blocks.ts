import { encodeFloats } from "../half.js";
import type { BlockFormat } from "./block-format.js";
import { Q4_0, Q8_0 } from "./plain-blocks.js";

/** A format that numbers can be written in. */
export interface WritableFormat {
  readonly format: BlockFormat;
  /** Writes one block's numbers behind its scale and returns the scale; `block` is (blockSize), `out` its bytes. */
  readonly quantise: (block: Float32Array, out: Uint8Array) => number;
}

const fround = Math.fround;

/** The position of the value that is largest without its sign, the first of several. */
function largestAt(block: Float32Array): number {
  let found = 0;
  for (let i = 1; i < block.length; i++) if (Math.abs(block[i]!) > Math.abs(block[found]!)) found = i;
  return found;
}

/** 1 / scale in float32; 0 for a scale too small to have one, whose block becomes zeroes. */
function inverse(scale: number): number {
  const found = fround(1 / scale);
  return Number.isFinite(found) ? found : 0;
}

/** 32 signed bytes of at most 127; halves are rounded away from zero. */
function quantiseQ8_0(block: Float32Array, out: Uint8Array): number {
  const scale = fround(Math.abs(block[largestAt(block)]!) / 127);
  const factor = inverse(scale);
  for (let i = 0; i < block.length; i++) {
    const value = fround(block[i]! * factor);
    const size = Math.floor(Math.abs(value) + 0.5);
    out[2 + i] = value < 0 ? -size : size;
  }
  return scale;
}

/** The largest value becomes -8, so the scale has the other sign; element i + 16 is the high half of byte i. */
function quantiseQ4_0(block: Float32Array, out: Uint8Array): number {
  const scale = fround(block[largestAt(block)]! / -8);
  const factor = inverse(scale);
  const half = block.length / 2;
  const quant = (value: number): number => Math.min(15, Math.trunc(fround(fround(value * factor) + 8.5)));
  for (let i = 0; i < half; i++) out[2 + i] = quant(block[i]!) | (quant(block[half + i]!) << 4);
  return scale;
}

/** The block formats that can be written, by their names. */
export const WRITABLE_FORMATS = {
  Q8_0: { format: Q8_0, quantise: quantiseQ8_0 },
  Q4_0: { format: Q4_0, quantise: quantiseQ4_0 },
} as const satisfies Readonly<Record<string, WritableFormat>>;

export type WritableFormatName = keyof typeof WRITABLE_FORMATS;

/**
 * Numbers as blocks, bit for bit as gguf-py's `quantize` makes them. `floats` are whole blocks of finite numbers.
 * Source: gguf-py, gguf/quants.py.
 */
export function quantise(floats: Float32Array, name: WritableFormatName): Uint8Array<ArrayBuffer> {
  const { format, quantise: quantiseBlock }: WritableFormat = WRITABLE_FORMATS[name];
  const { blockSize, blockBytes } = format;
  const blocks = floats.length / blockSize;
  const bytes = new Uint8Array(blocks * blockBytes);
  const scales = new Float32Array(blocks);
  for (let i = 0; i < blocks; i++) {
    const block = floats.subarray(i * blockSize, (i + 1) * blockSize);
    scales[i] = quantiseBlock(block, bytes.subarray(i * blockBytes, (i + 1) * blockBytes));
  }
  const halves = encodeFloats(scales, "F16");
  for (let i = 0; i < blocks; i++) bytes.set(halves.subarray(2 * i, 2 * i + 2), i * blockBytes);
  return bytes;
}
