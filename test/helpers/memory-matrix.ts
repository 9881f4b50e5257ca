import type { FloatDtype } from "../../src/tensor/dtype.js";
import { encodeFloats } from "../../src/tensor/half.js";
import type { MaterialisedTensor } from "../../src/tensor/tensor-info.js";

/** A tensor of a checkpoint whose bytes are in memory; within one graph each needs a `name` of its own. */
export function memoryTensor(
  values: Float32Array,
  shape: readonly number[],
  { dtype = "F32", name = "table" }: { readonly dtype?: FloatDtype; readonly name?: string } = {},
): MaterialisedTensor & { readonly dtype: FloatDtype } {
  const bytes = encodeFloats(values, dtype);
  return { name, file: "memory", dtype, shape, byteLength: bytes.byteLength, bytes };
}

/** A matrix, row by row. */
export const memoryMatrix = (
  rows: readonly (readonly number[])[],
  dtype: FloatDtype = "F32",
): ReturnType<typeof memoryTensor> =>
  memoryTensor(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length], { dtype });
