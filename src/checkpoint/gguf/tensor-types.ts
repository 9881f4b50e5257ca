import type { BlockFormat } from "../../tensor/ggml/block-format.js";
import { Q4_K, Q5_K, Q6_K } from "../../tensor/ggml/k-blocks.js";
import { Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 } from "../../tensor/ggml/plain-blocks.js";
import type { WritableFormatName } from "../../tensor/ggml/quantise-blocks.js";
import { DTYPE_BITS, type Dtype, type FloatDtype } from "../../tensor/dtype.js";

/** How a tensor's numbers are stored: as numbers of a dtype, or as blocks. */
export type StoredType = { readonly dtype: Dtype } | { readonly format: BlockFormat };

/** Source: `enum ggml_type` in ggml/include/ggml.h; numbers that are absent there were taken back. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  6: "Q5_0",
  7: "Q5_1",
  8: "Q8_0",
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  12: "Q4_K",
  13: "Q5_K",
  14: "Q6_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  30: "BF16",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
  40: "NVFP4",
};

/** The block formats that can be read. */
const BLOCK_FORMATS: readonly BlockFormat[] = [Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K];

/** Types of whole numbers are those of the weights' dtypes that have the same name. */
const PLAIN_TYPES: readonly Dtype[] = ["F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"];

/** The types that can be read, as an error lists them. */
export const READABLE_TYPES = [...PLAIN_TYPES.slice(0, 3), ...BLOCK_FORMATS.map(({ name }) => name)].join(", ");

/** What llama.cpp calls the type of a number. */
export const typeName = (type: number): string => TYPE_NAMES[type] ?? `number ${type}`;

/** The types that are written. */
export type WrittenType = FloatDtype | WritableFormatName;

/** The number of a type that is written. */
export const typeNumber = (type: WrittenType): number =>
  Number(Object.keys(TYPE_NAMES).find((number) => TYPE_NAMES[Number(number)] === type));

/** The type of a number; undefined for one that cannot be read. */
export function storedType(type: number): StoredType | undefined {
  const name = TYPE_NAMES[type];
  const dtype = PLAIN_TYPES.find((plain) => plain === name);
  if (dtype !== undefined) return { dtype };
  const format = BLOCK_FORMATS.find((block) => block.name === name);
  return format && { format };
}

/** Elements and bytes of the smallest whole piece of a type. */
export function pieceOf(type: StoredType): { readonly elements: number; readonly bytes: number } {
  if ("dtype" in type) return { elements: 1, bytes: DTYPE_BITS[type.dtype] / 8 };
  return { elements: type.format.blockSize, bytes: type.format.blockBytes };
}
