import { expect, test } from "@jest/globals";
import { firstRows } from "../../src/tensor/first-rows.js";

const common = { name: "m", dtype: "BF16", shape: [4, 3], file: "f", byteLength: 24 } as const;

test("the first rows of a tensor lie where it begins, and say which they are", () => {
  expect(firstRows({ ...common, byteOffset: 8 }, 2)).toEqual({
    ...{ name: "m[:2]", dtype: "BF16", shape: [2, 3], file: "f" },
    ...{ byteOffset: 8, byteLength: 12 },
  });
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
  expect(firstRows({ ...common, bytes }, 1)).toMatchObject({
    shape: [1, 3],
    byteLength: 6,
    bytes: bytes.subarray(0, 6),
  });
});

test("a tensor of no more rows is left as it is", () => {
  const tensor = { ...common, byteOffset: 0 };
  expect([firstRows(tensor, 4) === tensor, firstRows(tensor, Infinity) === tensor]).toEqual([true, true]);
});
