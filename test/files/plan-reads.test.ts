import { describe, expect, test } from "@jest/globals";
import { BLOCK_BYTES, MAX_READ_BYTES, planBlocks, planReads } from "../../src/files/plan-reads.js";

describe("planBlocks", () => {
  test("covers the request in order with blocks of at most BLOCK_BYTES", () => {
    const rowBytes = 8192;
    const blocks = planBlocks(19_200, rowBytes);
    let next = 0;
    for (const { first, count } of blocks) {
      expect(first).toBe(next);
      expect(count * rowBytes).toBeLessThanOrEqual(BLOCK_BYTES);
      next = first + count;
    }
    expect(next).toBe(19_200);
    expect(blocks.length).toBe(Math.ceil((19_200 * rowBytes) / BLOCK_BYTES));
  });

  test("rows longer than a block come one by one; an empty request needs no block", () => {
    expect(planBlocks(2, BLOCK_BYTES + 1)).toEqual([
      { first: 0, count: 1 },
      { first: 1, count: 1 },
    ]);
    expect(planBlocks(0, 8)).toEqual([]);
  });
});

describe("planReads", () => {
  test("neighbouring rows are one read, whatever the order they are asked for", () => {
    expect(planReads([7, 5, 6], 10_000)).toEqual([
      {
        offset: 50_000,
        length: 30_000,
        rows: [
          { to: 1, from: 0 },
          { to: 2, from: 10_000 },
          { to: 0, from: 20_000 },
        ],
      },
    ]);
  });

  test("a short gap is read over, a long one is not", () => {
    expect(planReads([0, 2, 10], 10_000)).toEqual([
      {
        offset: 0,
        length: 30_000,
        rows: [
          { to: 0, from: 0 },
          { to: 1, from: 20_000 },
        ],
      },
      { offset: 100_000, length: 10_000, rows: [{ to: 2, from: 0 }] },
    ]);
  });

  test("a row asked for twice is read once", () => {
    expect(planReads([3, 3], 8)).toEqual([
      {
        offset: 24,
        length: 8,
        rows: [
          { to: 0, from: 0 },
          { to: 1, from: 0 },
        ],
      },
    ]);
  });

  test("no read is longer than MAX_READ_BYTES unless one row is", () => {
    const ids = Array.from({ length: 1000 }, (_, i) => i);
    expect(Math.max(...planReads(ids, 8192).map(({ length }) => length))).toBe(MAX_READ_BYTES);
    expect(planReads([0, 1], MAX_READ_BYTES + 8).map(({ length }) => length)).toEqual([
      MAX_READ_BYTES + 8,
      MAX_READ_BYTES + 8,
    ]);
  });
});
