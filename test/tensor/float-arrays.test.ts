import { expect, test } from "@jest/globals";
import { allFinite, relativeDifference } from "../../src/tensor/float-arrays.js";

test("the largest difference over the largest expected value, of what is counted", () => {
  expect(relativeDifference([1, -3], [1, -4])).toBe(0.25);
  expect(relativeDifference([1, -3], [1, -4], (index) => index === 0)).toBe(0);
  expect(relativeDifference(new BigInt64Array([2n]), [4])).toBe(0.5);
  expect(relativeDifference([0], [0])).toBe(0);
});

test("is without bound where counts differ or a number is none", () => {
  expect(relativeDifference([1], [1, 2])).toBe(Infinity);
  expect(relativeDifference([NaN], [1])).toBe(Infinity);
  expect(relativeDifference([1], [Infinity])).toBe(Infinity);
  expect(relativeDifference([1], [0])).toBe(Infinity);
});

test("numbers of any sign and size are finite, one NaN or infinity is not", () => {
  expect(allFinite(Float32Array.of(1, -2, 0, -0, 3e38, -3e38))).toBe(true);
  expect(allFinite(new Float32Array(0))).toBe(true);
  for (const odd of [NaN, Infinity, -Infinity]) expect(allFinite(Float32Array.of(1, odd, 2))).toBe(false);
});
