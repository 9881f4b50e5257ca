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
  const norms = new Float64Array(bytes.byteLength / (columns * bytesPerElement(dtype))); // (rows)
  if (dtype === "F32") addSquares(norms, columns, decodeFloats(bytes, dtype));
  else addLookedUp(norms, columns, asUint16(bytes), squareTable(dtype));
  return norms;
}

// The two loops stay apart: one loop that calls a function for each element is ten times slower.

function addSquares(norms: Float64Array, columns: number, values: Float32Array): void {
  for (let row = 0, i = 0; row < norms.length; row++) {
    let sum = 0;
    for (const end = i + columns; i < end; i++) sum += values[i]! * values[i]!;
    norms[row] = sum;
  }
}

function addLookedUp(norms: Float64Array, columns: number, bits: Uint16Array, squares: Float64Array): void {
  for (let row = 0, i = 0; row < norms.length; row++) {
    let sum = 0;
    for (const end = i + columns; i < end; i++) sum += squares[bits[i]!]!;
    norms[row] = sum;
  }
}

function asUint16(bytes: Uint8Array): Uint16Array {
  const own = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(own.buffer, own.byteOffset, own.byteLength / 2);
}
