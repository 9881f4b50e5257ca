import type { TensorInfo } from "../tensor/tensor-info.js";

/** A matrix (out, in) as blocks of small integers with one scale each. */
export interface QuantisedTensor {
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** U8 (out, in / blockSize, blockSize * bits / 8). */
  readonly blocks: TensorInfo;
  /** F32 (out * in / blockSize). */
  readonly scales: TensorInfo;
}
