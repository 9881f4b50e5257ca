import { InputError } from "../../errors.js";
import type { Weights } from "../../checkpoint/weights.js";
import type { Place } from "../../onnx/graph.js";
import { bytesPerElement, isFloatDtype, type FloatDtype } from "../../tensor/dtype.js";
import { elementCount, type CheckpointTensor, type TensorInfo } from "../../tensor/tensor-info.js";

/**
 * A weight of an exported model: where its bytes come from, in the dtype that they are written in. Graphs are built from
 * these as from any checkpoint, so that they hold no conversion; the place is known once the data file is laid out.
 */
export interface StoredTensor extends TensorInfo {
  readonly dtype: FloatDtype;
  readonly source: CheckpointTensor & { readonly dtype: FloatDtype };
}

/** What weights are written in; arithmetic is float32 whichever it is, so that float16 halves the file and little else. */
export type StoredDtype = "F32" | "F16";

/** By how much a written model may differ from its parts, and it is rounding. */
export interface Rounding {
  /** As a share of the largest value. */
  readonly difference: number;
  /** Of vectors that are decoded, the share that may be taken for other tokens: near a tie the last bit chooses. */
  readonly otherTokens: number;
}

/** What rounding float32 weights to float16 adds up to over the layers of a model; those of a bfloat16 checkpoint keep their values. */
const HALF: Rounding = { difference: 2 ** -7, otherTokens: 0.1 };

/** The rounding of weights of a dtype, where float32 arithmetic in another order makes a `difference`. */
export const roundingOf = (dtype: StoredDtype, difference: number): Rounding =>
  dtype === "F16" ? HALF : { difference, otherTokens: 0.01 };

/**
 * The tensor as it is going to be written.
 *
 * @throws InputError for one that is not of floats
 */
export function storedAs(tensor: CheckpointTensor, dtype: StoredDtype): StoredTensor {
  const { name, shape, file, dtype: from } = tensor;
  if (!isFloatDtype(from)) {
    throw new InputError(
      `${file}: "${name}" is ${from}, expected F32, F16 or BF16; use the folder that is not quantised`,
    );
  }
  const byteLength = elementCount(shape) * bytesPerElement(dtype);
  return { name, dtype, shape, file, byteOffset: 0, byteLength, source: tensor as StoredTensor["source"] };
}

export const isStored = (place: Place): place is StoredTensor => "source" in place;

/** The weights of a folder as they are going to be written; what is not of floats, such as counters, stays and is not used. */
export function storedWeights({ path, tensors }: Weights, dtype: StoredDtype): Weights {
  const stored = [...tensors].map(([name, tensor]): [string, CheckpointTensor] => {
    return [name, isFloatDtype(tensor.dtype) ? storedAs(tensor, dtype) : tensor];
  });
  return { tensors: new Map(stored), path };
}
