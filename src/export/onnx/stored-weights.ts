import { InputError } from "../../errors.js";
import type { Weights } from "../../checkpoint/weights.js";
import type { Place } from "../../onnx/graph.js";
import { bytesPerElement, isFloatDtype, type FloatDtype } from "../../tensor/dtype.js";
import { elementCount, type CheckpointTensor, type TensorInfo } from "../../tensor/tensor-info.js";

/**
 * A weight of an exported model: the tensor that its bytes come from, and the dtype in which they are written. Graphs are
 * built from these as from any checkpoint, so they hold no conversion. The place in the data file is known once that file is
 * laid out.
 */
export interface StoredTensor extends TensorInfo {
  readonly dtype: FloatDtype;
  readonly source: CheckpointTensor & { readonly dtype: FloatDtype };
}

/**
 * The dtypes in which weights are written. Arithmetic is float32 with both, so float16 halves the file and changes little
 * else.
 */
export type StoredDtype = "F32" | "F16";

/** How much a written model may differ from its parts by rounding alone. */
export interface Rounding {
  /** As a share of the largest value. */
  readonly difference: number;
  /** The share of decoded vectors that may get other tokens: near a tie the last bit chooses. */
  readonly otherTokens: number;
}

/**
 * How much the rounding of float32 weights to float16 adds up to over the layers of a model; weights of a bfloat16 checkpoint
 * keep their values.
 */
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

/** The weights of a folder as they are written. Tensors that are not of floats, such as counters, stay and are not used. */
export function storedWeights({ path, tensors }: Weights, dtype: StoredDtype): Weights {
  const stored = [...tensors].map(([name, tensor]): [string, CheckpointTensor] => {
    return [name, isFloatDtype(tensor.dtype) ? storedAs(tensor, dtype) : tensor];
  });
  return { tensors: new Map(stored), path };
}
