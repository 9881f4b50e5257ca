import { expect, test } from "@jest/globals";
import { grownTable } from "../../../src/export/transformers/grown-table.js";
import { decodeFloats } from "../../../src/tensor/half.js";
import { normalNumbers } from "../../../src/tensor/random.js";
import { memoryTensor } from "../../helpers/memory-matrix.js";

const [ROWS, COLUMNS] = [37, 8];

test.each(["F32", "BF16"] as const)("the logit of the %s row that is added is never the largest", async (dtype) => {
  const table = memoryTensor(normalNumbers(ROWS * COLUMNS, 4), [ROWS, COLUMNS], { dtype });
  const chunks: Uint8Array[] = [];
  for await (const chunk of grownTable(table, { dtype })) chunks.push(chunk);
  const grown = decodeFloats(Buffer.concat(chunks), dtype); // (ROWS + 1, COLUMNS)
  expect(grown).toHaveLength((ROWS + 1) * COLUMNS);
  expect(grown.subarray(0, ROWS * COLUMNS)).toEqual(decodeFloats(table.bytes, dtype));
  const dot = (row: number, state: Float32Array): number =>
    state.reduce((sum, value, i) => sum + value * grown[row * COLUMNS + i]!, 0);
  for (let seed = 0; seed < 50; seed++) {
    const state = normalNumbers(COLUMNS, seed);
    const logits = Array.from({ length: ROWS }, (_, row) => dot(row, state));
    const mean = logits.reduce((sum, logit) => sum + logit, 0) / ROWS;
    expect(dot(ROWS, state)).toBeLessThan(Math.max(...logits));
    expect(Math.abs(dot(ROWS, state) - mean)).toBeLessThan(dtype === "F32" ? 1e-5 : 2e-2);
  }
});
