import { expect, test } from "@jest/globals";
import { relativeDifference } from "../../src/tensor/relative-difference.js";

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
