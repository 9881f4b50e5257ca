import type { TensorInfo } from "./tensor-info.js";

/** A matrix (out, in) as blocks of small integers: weight = scale * (integer - 2^(bits - 1)) + offset. */
export interface QuantisedTensor {
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** U8 (out, in / blockSize, blockSize * bits / 8). */
  readonly blocks: TensorInfo;
  /** F32 (out * in / blockSize). */
  readonly scales: TensorInfo;
  /** F32 (out, in / blockSize); undefined where all are 0. */
  readonly offsets?: TensorInfo | undefined;
}

/** Weights that share one scale. */
export const BLOCK_SIZE = 32;

/**
 * One scale per block: (values / BLOCK_SIZE); 1 for a block of zeros. With 8 bits the largest magnitude becomes 127. With 4 bits the
 * value of the largest magnitude becomes -8, so that all 16 integers are used and scales have either sign, as in llama.cpp's Q4_0.
 */
export function blockScales(values: Float32Array, bits: 4 | 8): Float32Array {
  const scales = new Float32Array(values.length / BLOCK_SIZE);
  for (let block = 0, at = 0; block < scales.length; block++) {
    let largest = 0;
    for (const end = at + BLOCK_SIZE; at < end; at++) {
      if (Math.abs(values[at]!) > Math.abs(largest)) largest = values[at]!;
    }
    scales[block] = largest === 0 ? 1 : bits === 4 ? largest / -8 : Math.abs(largest) / 127;
  }
  return scales;
}

/** The integers of every block; with 4 bits two share a byte, the first in the low half. */
export function packBlocks(values: Float32Array, bits: 4 | 8): Uint8Array {
  const scales = blockScales(values, bits);
  const [zero, highest] = [2 ** (bits - 1), 2 ** bits - 1];
  const quantised = (i: number): number => {
    // In float32, as PyTorch divides: a bfloat16 weight of half the largest lies on a rounding edge.
    const ratio = Math.fround(values[i]! / scales[(i / BLOCK_SIZE) | 0]!);
    return Math.min(highest, zero + Math.sign(ratio) * Math.floor(Math.abs(ratio) + 0.5));
  };
  const packed = new Uint8Array((values.length * bits) / 8);
  for (let i = 0; i < packed.length; i++) {
    packed[i] = bits === 8 ? quantised(i) : quantised(2 * i) | (quantised(2 * i + 1) << 4);
  }
  return packed;
}
