import { describe, expect, test } from "@jest/globals";
import { encodeFloats } from "../../src/tensor/half.js";
import { squaredRowNorms } from "../../src/tensor/row-norms.js";

describe("squaredRowNorms", () => {
  test.each(["F32", "F16", "BF16"] as const)("sums the squares of each row of %s", (dtype) => {
    const bytes = encodeFloats(Float32Array.of(1, -2, 0, 0, 0.5, 4), dtype); // (3, 2)
    expect([...squaredRowNorms(bytes, dtype, 2)]).toEqual([5, 0, 16.25]);
  });

  test.each(["F32", "F16", "BF16"] as const)("a row of %s with NaN or infinity is not finite", (dtype) => {
    const norms = squaredRowNorms(encodeFloats(Float32Array.of(NaN, 1, 1, -Infinity, 1, 1), dtype), dtype, 2);
    expect([...norms].map(Number.isFinite)).toEqual([false, false, true]);
  });

  test("reads bytes at an odd offset", () => {
    const padded = new Uint8Array([0, ...encodeFloats(Float32Array.of(3, 4), "BF16")]).subarray(1);
    expect([...squaredRowNorms(padded, "BF16", 2)]).toEqual([25]);
  });
});
