import type { FloatMatrix } from "../../src/files/read-rows.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { encodeFloats } from "../../src/tensor/half.js";

/** A matrix of a checkpoint whose bytes are in memory. */
export function memoryMatrix(rows: readonly (readonly number[])[], dtype: FloatDtype = "F32"): FloatMatrix {
  const bytes = encodeFloats(Float32Array.from(rows.flat()), dtype);
  const shape = [rows.length, rows[0]!.length];
  return { name: "table", file: "memory", dtype, shape, byteLength: bytes.byteLength, bytes };
}
