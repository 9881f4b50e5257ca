import type { Dtype } from "../../tensor/dtype.js";

/** Storage types, spelled `torch.X`, and what their elements are. */
export const STORAGE_DTYPES: Readonly<Record<string, Dtype>> = {
  BoolStorage: "BOOL",
  ByteStorage: "U8",
  CharStorage: "I8",
  ShortStorage: "I16",
  IntStorage: "I32",
  LongStorage: "I64",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  FloatStorage: "F32",
  DoubleStorage: "F64",
  ComplexFloatStorage: "C64",
};

/** Spelled as `torch.X`; they come with `_rebuild_tensor_v3`, for the dtypes that have no storage type. */
export const TORCH_DTYPES: Readonly<Record<string, Dtype>> = {
  bool: "BOOL",
  uint8: "U8",
  int8: "I8",
  int16: "I16",
  uint16: "U16",
  int32: "I32",
  uint32: "U32",
  int64: "I64",
  uint64: "U64",
  float16: "F16",
  bfloat16: "BF16",
  float32: "F32",
  float64: "F64",
  complex64: "C64",
  float8_e5m2: "F8_E5M2",
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2fnuz: "F8_E5M2FNUZ",
  float8_e4m3fnuz: "F8_E4M3FNUZ",
  float8_e8m0fnu: "F8_E8M0",
};
