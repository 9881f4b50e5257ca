import { expect, test } from "@jest/globals";
import { allFinite } from "../../src/tensor/finite.js";

test("numbers of any sign and size are finite, one NaN or infinity is not", () => {
  expect(allFinite(Float32Array.of(1, -2, 0, -0, 3e38, -3e38))).toBe(true);
  expect(allFinite(new Float32Array(0))).toBe(true);
  for (const odd of [NaN, Infinity, -Infinity]) expect(allFinite(Float32Array.of(1, odd, 2))).toBe(false);
});
