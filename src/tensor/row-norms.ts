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

// The two loops stay apart: one loop that calls a function for each element is ten times slower. Four sums at a time, since
// each addition has to wait for the one before it.

function addSquares(norms: Float64Array, columns: number, values: Float32Array): void {
  for (let row = 0, i = 0; row < norms.length; row++) {
    let [a, b, c, d] = [0, 0, 0, 0];
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
    let [a, b, c, d] = [0, 0, 0, 0];
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

function asUint16(bytes: Uint8Array): Uint16Array {
  const own = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(own.buffer, own.byteOffset, own.byteLength / 2);
}
