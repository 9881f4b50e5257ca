/** The integers of whole blocks, and what turns them into numbers: value = scale * (quant - zero) - minimum. */
export interface BlockIntegers {
  /** (elements), from 0 to 2^bits - 1. */
  readonly quants: Uint8Array;
  /** (elements / groupSize). */
  readonly scales: Float32Array;
  /** (elements / groupSize); empty where the format has none. */
  readonly minimums: Float32Array;
}

/**
 * How llama.cpp stores the numbers of a row in blocks. A block holds one or more groups, the elements that share a scale.
 * Source of every layout: ggml/src/ggml-common.h and ggml-quants.c; gguf-py, gguf/quants.py.
 */
export interface BlockFormat {
  /** As llama.cpp calls it, such as "Q4_K". */
  readonly name: string;
  /** Elements of a block; a row is a whole number of blocks. */
  readonly blockSize: number;
  readonly blockBytes: number;
  /** Elements that share a scale. */
  readonly groupSize: number;
  readonly bits: 4 | 5 | 6 | 8;
  /** What stands for 0 in a format without minimums; 0 in one with them. */
  readonly zero: number;
  readonly hasMinimums: boolean;
  /** Takes blocks apart; `bytes` holds as many whole blocks as `out` has room for. */
  readonly unpack: (bytes: Uint8Array, out: BlockIntegers) => void;
}

/** Room for the integers of so many elements, which are whole blocks. */
export function allocateIntegers({ groupSize, hasMinimums }: BlockFormat, elements: number): BlockIntegers {
  const groups = elements / groupSize;
  return {
    quants: new Uint8Array(elements),
    scales: new Float32Array(groups),
    minimums: new Float32Array(hasMinimums ? groups : 0),
  };
}

/** Bytes that so many elements take; they are whole blocks. */
export const blockBytesOf = ({ blockSize, blockBytes }: BlockFormat, elements: number): number =>
  (elements / blockSize) * blockBytes;
