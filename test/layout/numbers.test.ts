import { expect, test } from "@jest/globals";
import { largestOf } from "../../src/layout/numbers.js";

test("the largest of more numbers than a call takes arguments", () => {
  const many = Array.from({ length: 500_000 }, (_, i) => i % 1000);
  expect(largestOf(many)).toBe(999);
  expect(largestOf([])).toBe(0);
});
