import { DTYPE_BITS, type Dtype } from "./dtype.js";

/** What is known of every tensor, wherever its bytes are. */
interface TensorHeader {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Path of the file that holds the bytes, or that they were made from. */
  readonly file: string;
  readonly byteLength: number;
}

/** Where a tensor's bytes lie: raw, little-endian, row-major, contiguous. Nothing of it is in memory. */
export interface TensorInfo extends TensorHeader {
  /** First byte, counted from the start of the file. */
  readonly byteOffset: number;
}

/**
 * A tensor whose elements lie in no file in row-major order (a transposed or strided view in a PyTorch archive):
 * its bytes were gathered when the file was opened, and are held as a TensorInfo's bytes would be read.
 */
export interface MaterialisedTensor extends TensorHeader {
  readonly bytes: Uint8Array;
}

/** A tensor of an opened checkpoint; told apart with `isMaterialised`. */
export type CheckpointTensor = TensorInfo | MaterialisedTensor;

export function isMaterialised(tensor: CheckpointTensor): tensor is MaterialisedTensor {
  return "bytes" in tensor;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Bytes that elements of `dtype` in `shape` take; undefined when a step of the product passes 2^53 - 1 or when
 * sub-byte elements do not fill whole bytes.
 */
export function tensorByteLength(dtype: Dtype, shape: readonly number[]): number | undefined {
  let bits: number = DTYPE_BITS[dtype];
  for (const size of shape) {
    bits *= size;
    if (!Number.isSafeInteger(bits)) return undefined;
  }
  return bits % 8 === 0 ? bits / 8 : undefined;
}
