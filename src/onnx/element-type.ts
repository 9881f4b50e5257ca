import type { Dtype } from "../tensor/dtype.js";

/** Element types of ONNX tensors with their number in `TensorProto.DataType` and the bytes of one element. */
export const ELEMENT_TYPES = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float64: { code: 11, bytes: 8 },
  float16: { code: 10, bytes: 2 },
  bfloat16: { code: 16, bytes: 2 },
} as const;

export type ElementType = keyof typeof ELEMENT_TYPES;
export type FloatType = "float32" | "float16" | "bfloat16";

const BY_DTYPE: Readonly<Partial<Record<Dtype, ElementType>>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  U8: "uint8",
  I32: "int32",
  I64: "int64",
};

/** The ONNX type of a checkpoint's dtype; undefined for one that no graph here takes. */
export function elementTypeOf(dtype: Dtype): ElementType | undefined {
  return BY_DTYPE[dtype];
}
