import { describe, expect, test } from "@jest/globals";
import {
  bfloat16ToNumber,
  decodeFloats,
  encodeFloats,
  encodeFloatsInto,
  float16ToNumber,
  numberToBfloat16,
  numberToFloat16,
} from "../../src/tensor/half.js";

const ALL_HALF_BITS = Array.from({ length: 65536 }, (_, bits) => bits);

describe("half floats", () => {
  test("every float16 survives the way to a number and back", () => {
    const changed = ALL_HALF_BITS.filter((bits) => {
      const value = float16ToNumber(bits);
      return Number.isNaN(value)
        ? !Number.isNaN(float16ToNumber(numberToFloat16(value)))
        : numberToFloat16(value) !== bits;
    });
    expect(changed).toEqual([]);
  });

  test("every bfloat16 survives the way to a number and back", () => {
    const changed = ALL_HALF_BITS.filter((bits) => {
      const value = bfloat16ToNumber(bits);
      return Number.isNaN(value)
        ? !Number.isNaN(bfloat16ToNumber(numberToBfloat16(value)))
        : numberToBfloat16(value) !== bits;
    });
    expect(changed).toEqual([]);
  });

  // Expected bits are IEEE 754: sign, 5 bits of exponent biased by 15, 10 bits of fraction.
  test.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -24, 0x0002],
    [2 ** -14, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [Infinity, 0x7c00],
  ])("%p rounds to float16 bits %p", (value, bits) => {
    expect(numberToFloat16(value)).toBe(bits);
  });

  test.each([
    [1, 0x3f80],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [-0, 0x8000],
    [3.4028234663852886e38, 0x7f80],
    [-3.4028234663852886e38, 0xff80],
  ])("%p rounds to bfloat16 bits %p", (value, bits) => {
    expect(numberToBfloat16(value)).toBe(bits);
  });

  test("raw little-endian elements decode at any byte offset", () => {
    const padded = new Uint8Array([0xff, 0x00, 0x3c, 0x00, 0xc0]);
    expect([...decodeFloats(padded.subarray(1), "F16")]).toEqual([1, -2]);
    expect([...decodeFloats(Buffer.from(padded.buffer).subarray(1), "F16")]).toEqual([1, -2]);
    const single = new Uint8Array([0xff, 0x00, 0x00, 0x80, 0x3f]);
    expect([...decodeFloats(single.subarray(1), "F32")]).toEqual([1]);
    for (const dtype of ["F32", "F16", "BF16"] as const) {
      const values = new Float32Array([0.5, -1.25, 0, 96]);
      expect(decodeFloats(encodeFloats(values, dtype), dtype)).toEqual(values);
    }
  });

  test.each(["F32", "F16", "BF16"] as const)("%s is encoded into the place given and nowhere else", (dtype) => {
    const encoded = encodeFloats(Float32Array.of(-1.5, 7), dtype);
    const memory = new Uint8Array(4 + encoded.length + 4).fill(0xaa);
    encodeFloatsInto(memory.subarray(4, 4 + encoded.length), Float32Array.of(-1.5, 7), dtype);
    expect([...memory]).toEqual([0xaa, 0xaa, 0xaa, 0xaa, ...encoded, 0xaa, 0xaa, 0xaa, 0xaa]);
  });
});
