import { describe, expect, test } from "@jest/globals";
import { decodeFloats, encodeFloats } from "../../src/tensor/half.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { combineRows, flattenRows } from "../../src/adapter/combine-rows.js";
import { memoryTensor } from "../helpers/memory-matrix.js";

const COLUMNS = 4096;

function table(rows: number, dtype: FloatDtype): ReturnType<typeof memoryTensor> {
  const values = Float32Array.from({ length: rows * COLUMNS }, (_, i) => ((i * 7919) % 509) / 64 - 4);
  return memoryTensor(values, [rows, COLUMNS], { dtype });
}

/** The definition, row by row, in float64. */
function expected(
  values: Float32Array,
  rows: readonly { ids: readonly number[]; weights: readonly number[] }[],
): number[] {
  return rows.flatMap(({ ids, weights }) =>
    Array.from({ length: COLUMNS }, (_, column) =>
      ids.reduce((sum, id, i) => sum + weights[i]! * values[id * COLUMNS + column]!, 0),
    ),
  );
}

describe("combineRows", () => {
  // Enough rows for several blocks, so that mixed rows begin in one block and end in the next.
  const rows = Array.from({ length: 900 }, (_, i) => {
    if (i % 5 === 0) return { ids: [i % 11, (i + 3) % 11, (i + 7) % 11], weights: [0.5, 0.25, -1] };
    return i % 7 === 0 ? { ids: [i % 11], weights: [2] } : { ids: [i % 11], weights: [1] };
  });

  test.each([
    ["F32", "F32"],
    ["BF16", "BF16"],
    ["BF16", "F32"],
    ["F32", "F16"],
  ] as const)("sums weighted rows of a table in %s with one rounding to %s, across blocks", async (from, to) => {
    const source = table(11, from);
    const parts: Buffer[] = [];
    for await (const block of combineRows(source, flattenRows(rows), { dtype: to })) parts.push(Buffer.from(block));
    const wanted = encodeFloats(Float32Array.from(expected(decodeFloats(source.bytes, from), rows)), to);
    expect(Buffer.compare(Buffer.concat(parts), wanted)).toBe(0);
  });

  test("writes zeros for rows without entries, wherever they stand", async () => {
    const source = table(5, "BF16");
    const some = [
      { ids: [], weights: [] },
      { ids: [2], weights: [1] },
      { ids: [], weights: [] },
      { ids: [], weights: [] },
      { ids: [0, 1], weights: [1, 1] },
      { ids: [], weights: [] },
    ];
    const parts: Buffer[] = [];
    for await (const block of combineRows(source, flattenRows(some), { dtype: "BF16" })) parts.push(Buffer.from(block));
    const wanted = encodeFloats(Float32Array.from(expected(decodeFloats(source.bytes, "BF16"), some)), "BF16");
    expect(Buffer.compare(Buffer.concat(parts), wanted)).toBe(0);
  });

  test("hands the table's own bytes to onSource, entry after entry", async () => {
    const source = table(3, "BF16");
    const seen: Buffer[] = [];
    const flat = flattenRows([
      { ids: [2, 0], weights: [0.5, 0.5] },
      { ids: [1], weights: [1] },
    ]);
    const onSource = (bytes: Uint8Array): void => void seen.push(Buffer.from(bytes));
    for await (const block of combineRows(source, flat, { dtype: "BF16", onSource })) expect(block).toBeDefined();
    const row = (id: number): Uint8Array => source.bytes.subarray(id * COLUMNS * 2, (id + 1) * COLUMNS * 2);
    expect(Buffer.concat(seen).equals(Buffer.concat([row(2), row(0), row(1)]))).toBe(true);
  });
});
