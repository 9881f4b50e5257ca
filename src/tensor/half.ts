import { bytesPerElement, type FloatDtype } from "./dtype.js";

/** Checkpoint formats are little-endian; on such a machine their bytes can be viewed as typed arrays directly. */
export const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

/** float16 bits (IEEE 754 binary16) to the same number; every float16 is exact in float32. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Nearest float16, ties to even; beyond 65504 + half a step it is infinity, as in PyTorch. */
export function numberToFloat16(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal in float16: count steps of 2^-24 and round half to even.
    const steps = Math.abs(scratchFloat[0]) * 2 ** 24;
    const floor = Math.floor(steps);
    const rest = steps - floor;
    const up = rest > 0.5 || (rest === 0.5 && (floor & 1) === 1);
    return sign | (floor + (up ? 1 : 0));
  }
  const rebased = magnitude - 0x38000000;
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

/** bfloat16 bits to the same number. */
export function bfloat16ToNumber(bits: number): number {
  scratchBits[0] = bits << 16;
  return scratchFloat[0]!;
}

/** Nearest bfloat16, ties to even, as in PyTorch; every NaN becomes 0x7fc0 with its sign. */
export function numberToBfloat16(value: number): number {
  scratchFloat[0] = value;
  return bfloat16OfFloat32(scratchBits[0]!);
}

/** The same from and to bits, signed or not. */
function bfloat16OfFloat32(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) & 0x8000) | 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) | 0) >>> 16;
}

/** Number of each 16-bit pattern, made when first asked for. */
const numberTables: Partial<Record<FloatDtype, Float32Array>> = {};

/** (65536) the number that each pattern of bits stands for: one look-up an element is faster than decoding it. */
export function numbersOfBits(dtype: "F16" | "BF16"): Float32Array {
  const toNumber = dtype === "F16" ? float16ToNumber : bfloat16ToNumber;
  return (numberTables[dtype] ??= Float32Array.from({ length: 65536 }, (_, bits) => toNumber(bits)));
}

/** Decodes raw little-endian elements to float32; the result shares no memory with `bytes`. */
export function decodeFloats(bytes: Uint8Array, dtype: FloatDtype): Float32Array {
  const floats = new Float32Array(bytes.byteLength / bytesPerElement(dtype));
  decodeFloatsInto(floats, bytes, dtype);
  return floats;
}

/** Decodes raw little-endian elements into `floats`, which holds as many. */
export function decodeFloatsInto(floats: Float32Array, bytes: Uint8Array, dtype: FloatDtype): void {
  if (dtype === "F32") {
    floats.set(float32View(bytes));
    return;
  }
  const [bits, numbers] = [halfBits(bytes), numbersOfBits(dtype)];
  for (let i = 0; i < floats.length; i++) floats[i] = numbers[bits[i]!]!;
}

/** Raw F32 elements as numbers: a view where the machine and the alignment allow it, else a copy. */
export function float32View(bytes: Uint8Array): Float32Array {
  const own = isLittleEndian && bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  if (!isLittleEndian) Buffer.from(own.buffer, own.byteOffset, own.byteLength).swap32();
  return new Float32Array(own.buffer, own.byteOffset, own.byteLength >> 2);
}

/** Raw F16 or BF16 elements as patterns of bits: a view where the machine and the alignment allow it, else a copy. */
export function halfBits(bytes: Uint8Array): Uint16Array {
  const own = isLittleEndian && bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  if (!isLittleEndian) Buffer.from(own.buffer, own.byteOffset, own.byteLength).swap16();
  return new Uint16Array(own.buffer, own.byteOffset, own.byteLength >> 1);
}

/** Encodes float32 values as raw little-endian elements, rounding to nearest even. */
export function encodeFloats(floats: Float32Array, dtype: FloatDtype): Uint8Array {
  const bytes = new Uint8Array(floats.length * bytesPerElement(dtype));
  encodeFloatsInto(bytes, floats, dtype);
  return bytes;
}

/** The same into `bytes`, which has room for as many elements and starts at a whole one. */
export function encodeFloatsInto(bytes: Uint8Array, floats: Float32Array, dtype: FloatDtype): void {
  if (dtype === "F32") {
    bytes.set(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
    if (!isLittleEndian) Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).swap32();
    return;
  }
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, floats.length);
  if (dtype === "BF16") {
    const words = new Int32Array(floats.buffer, floats.byteOffset, floats.length);
    for (let i = 0; i < words.length; i++) halves[i] = bfloat16OfFloat32(words[i]!);
  } else {
    for (let i = 0; i < floats.length; i++) halves[i] = numberToFloat16(floats[i]!);
  }
  if (!isLittleEndian) Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).swap16();
}

/** The same elements in another dtype, rounded once; the very bytes given when nothing has to change. */
export function convertFloats(bytes: Uint8Array, from: FloatDtype, to: FloatDtype): Uint8Array {
  return from === to ? bytes : encodeFloats(decodeFloats(bytes, from), to);
}
