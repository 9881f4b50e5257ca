import { bytesPerElement, type FloatDtype } from "./dtype.js";
import { bfloat16ToNumber, decodeFloats, float16ToNumber } from "./half.js";

/** (65536) square of each 16-bit float by its bits: one look-up an element is faster than decoding it. */
const squaresOf: Partial<Record<FloatDtype, Float64Array>> = {};

function squareTable(dtype: "F16" | "BF16"): Float64Array {
  const toNumber = dtype === "F16" ? float16ToNumber : bfloat16ToNumber;
  return (squaresOf[dtype] ??= Float64Array.from({ length: 65536 }, (_, bits) => toNumber(bits) ** 2));
}

/**
 * Squared Euclidean norm of each row of `bytes`, (rows, columns) raw little-endian elements, summed in float64.
 * A row that holds NaN or an infinity gives a value that is not finite; a row of zeros gives 0.
 */
export function squaredRowNorms(bytes: Uint8Array, dtype: FloatDtype, columns: number): Float64Array {
  const rows = bytes.byteLength / (columns * bytesPerElement(dtype));
  const norms = new Float64Array(rows); // (rows)
  if (dtype === "F32") {
    const values = decodeFloats(bytes, dtype); // (rows, columns)
    return sumRows(norms, columns, (i) => values[i]! * values[i]!);
  }
  const squares = squareTable(dtype);
  const isAligned = bytes.byteOffset % 2 === 0;
  const own = isAligned ? bytes : bytes.slice();
  const bits = new Uint16Array(own.buffer, own.byteOffset, own.byteLength / 2); // (rows, columns)
  return sumRows(norms, columns, (i) => squares[bits[i]!]!);
}

function sumRows(norms: Float64Array, columns: number, square: (element: number) => number): Float64Array {
  for (let row = 0, i = 0; row < norms.length; row++) {
    let sum = 0;
    for (const end = i + columns; i < end; i++) sum += square(i);
    norms[row] = sum;
  }
  return norms;
}
