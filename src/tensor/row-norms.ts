import { bytesPerElement, type FloatDtype } from "./dtype.js";
import { float32View, halfBits, numbersOfBits } from "./half.js";

const squareTables: Partial<Record<FloatDtype, Float64Array>> = {};

/** (65536) square of each 16-bit float by its bits. */
function squaresOfBits(dtype: "F16" | "BF16"): Float64Array {
  return (squareTables[dtype] ??= Float64Array.from(numbersOfBits(dtype), (value) => value ** 2));
}

/**
 * Squared Euclidean norm of each row of `bytes`, (rows, columns) raw little-endian elements, summed in float64.
 * A row that holds NaN or an infinity gives a value that is not finite; a row of zeros gives 0.
 */
export function squaredRowNorms(bytes: Uint8Array, dtype: FloatDtype, columns: number): Float64Array {
  const norms = new Float64Array(bytes.byteLength / (columns * bytesPerElement(dtype))); // (rows)
  if (dtype === "F32") addSquares(norms, columns, float32View(bytes));
  else addLookedUp(norms, columns, halfBits(bytes), squaresOfBits(dtype));
  return norms;
}

// The two loops stay apart: one loop that calls a function for each element is ten times slower. Four sums at a time, since
// each addition has to wait for the one before it; declared one by one, since V8 boxes numbers that come out of a pattern.

function addSquares(norms: Float64Array, columns: number, values: Float32Array): void {
  for (let row = 0, i = 0; row < norms.length; row++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    const end = i + columns;
    for (; i + 3 < end; i += 4) {
      a += values[i]! * values[i]!;
      b += values[i + 1]! * values[i + 1]!;
      c += values[i + 2]! * values[i + 2]!;
      d += values[i + 3]! * values[i + 3]!;
    }
    for (; i < end; i++) a += values[i]! * values[i]!;
    norms[row] = a + b + (c + d);
  }
}

function addLookedUp(norms: Float64Array, columns: number, bits: Uint16Array, squares: Float64Array): void {
  for (let row = 0, i = 0; row < norms.length; row++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    const end = i + columns;
    for (; i + 3 < end; i += 4) {
      a += squares[bits[i]!]!;
      b += squares[bits[i + 1]!]!;
      c += squares[bits[i + 2]!]!;
      d += squares[bits[i + 3]!]!;
    }
    for (; i < end; i++) a += squares[bits[i]!]!;
    norms[row] = a + b + (c + d);
  }
}
