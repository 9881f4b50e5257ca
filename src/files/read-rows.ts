import type { FloatDtype } from "../tensor/dtype.js";
import { decodeFloatsInto } from "../tensor/half.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { gatherRows, type GatherOptions } from "./gather-rows.js";

/** A matrix of floats in a checkpoint. */
export type FloatMatrix = CheckpointTensor & { readonly dtype: FloatDtype };

/**
 * Reads rows of a (rows, columns) matrix into memory: (ids.length, columns).
 *
 * @throws what `gatherRows` throws
 */
export async function readRows(
  tensor: FloatMatrix,
  ids: ArrayLike<number>,
  { signal }: Pick<GatherOptions, "signal"> = {},
): Promise<Float32Array> {
  const columns = tensor.shape[1]!;
  const values = new Float32Array(ids.length * columns); // (ids.length, columns)
  for await (const { first, count, bytes } of gatherRows(tensor, ids, { signal, passThrough: true })) {
    decodeFloatsInto(values.subarray(first * columns, (first + count) * columns), bytes, tensor.dtype);
  }
  return values;
}
