import type { BlockFormat } from "./ggml/block-format.js";
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
 * A tensor whose elements do not lie in row-major order in any file (a transposed or strided view in a PyTorch archive). Its
 * bytes were gathered when the file was opened.
 */
export interface MaterialisedTensor extends TensorHeader {
  readonly bytes: Uint8Array;
}

/**
 * A tensor whose file holds its numbers as blocks, or its rows in another order (a GGUF file). `dtype` and `byteLength` are
 * those of the numbers, which are computed as they are read, and only those that are asked for.
 */
export interface DecodedTensor extends TensorHeader {
  readonly stored: StoredRows;
}

export interface StoredRows {
  /** First byte, counted from the start of the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
  /** Undefined: numbers of the tensor's own dtype. */
  readonly format?: BlockFormat | undefined;
  /**
   * Attention heads whose rows lie in pairs: row 2 i + j of a head in the file is row i + j * (half of its rows) of the tensor.
   * llama.cpp rotates neighbours, transformers halves.
   */
  readonly pairedHeads?: number | undefined;
}

/**
 * A matrix with the change of a LoRA added, which lies in no file: row i is the row of `base` and scale * (row i of left) * right. Its
 * numbers are computed as they are read, and only those that are asked for.
 */
export interface MergedTensor extends TensorHeader {
  /** Of the same shape and dtype. */
  readonly base: CheckpointTensor;
  readonly change: {
    /** (rows, rank), or (rank, rows) where `transposed`. */
    readonly left: CheckpointTensor;
    /** (rank, columns), or (columns, rank) where `transposed`. */
    readonly right: CheckpointTensor;
    readonly transposed: boolean;
    readonly scale: number;
    /** Whether the change is rounded to the dtype before it is added, as PEFT does with that of an embedding table. */
    readonly rounded: boolean;
  };
}

/** A tensor of an opened checkpoint; told apart with `isMaterialised`, `isDecoded` and `isMerged`. */
export type CheckpointTensor = TensorInfo | MaterialisedTensor | DecodedTensor | MergedTensor;

export function isMaterialised(tensor: CheckpointTensor): tensor is MaterialisedTensor {
  return "bytes" in tensor;
}

export function isDecoded(tensor: CheckpointTensor): tensor is DecodedTensor {
  return "stored" in tensor;
}

export function isMerged(tensor: CheckpointTensor): tensor is MergedTensor {
  return "change" in tensor;
}

/** Whether no file holds the numbers of a tensor, so that a graph cannot read them where they lie. */
export const isComputed = (tensor: CheckpointTensor): tensor is DecodedTensor | MergedTensor =>
  isDecoded(tensor) || isMerged(tensor);

/** How the numbers of a tensor are stored, as people call it: "BF16", "Q4_K". */
export const storedTypeName = (tensor: CheckpointTensor): string =>
  (isDecoded(tensor) ? tensor.stored.format?.name : undefined) ?? tensor.dtype;

/** Bytes that a tensor takes where it lies. */
export const storedByteLength = (tensor: CheckpointTensor): number => {
  if (isMerged(tensor)) return storedByteLength(tensor.base);
  return isDecoded(tensor) ? tensor.stored.byteLength : tensor.byteLength;
};

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
