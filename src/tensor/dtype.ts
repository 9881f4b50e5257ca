/**
 * Element types by their safetensors spelling, with the bits one element takes in a file.
 * Source: the safetensors format, `safetensors/src/tensor.rs` (`Dtype::bitsize`); in the order of that enumeration,
 * from small to large alignment, by which the tensors of a file are sorted.
 */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type Dtype = keyof typeof DTYPE_BITS;

/** The dtypes whose rows can be converted to and from float32. */
export type FloatDtype = "F32" | "F16" | "BF16";

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPE_BITS, name);
}

export function isFloatDtype(dtype: Dtype): dtype is FloatDtype {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16";
}

/** Bytes of one element of a dtype whose elements are whole bytes. */
export function bytesPerElement(dtype: FloatDtype): number {
  return DTYPE_BITS[dtype] / 8;
}
