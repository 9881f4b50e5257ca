import { writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { gatherAllRows, gatherRows } from "../../src/files/gather-rows.js";
import { BLOCK_BYTES } from "../../src/files/plan-reads.js";
import { rowSquares } from "../../src/files/row-squares.js";
import type { CheckpointTensor, TensorInfo } from "../../src/tensor/tensor-info.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const folder = temporaryFolder();
const PREFIX = 13; // Bytes before the table, so that nothing is aligned by chance.

/** A (rows, columns) float32 table in a file, whose row r is filled with r. */
function table(rows: number, columns: number): TensorInfo {
  const file = join(folder, `${rows}x${columns}`);
  const values = new Float32Array(rows * columns).map((_, i) => Math.floor(i / columns));
  writeFileSync(file, Buffer.concat([Buffer.alloc(PREFIX), Buffer.from(values.buffer)]));
  return { name: "t", dtype: "F32", shape: [rows, columns], file, byteOffset: PREFIX, byteLength: values.byteLength };
}

/** The row numbers that a gather delivered, read back from the contents of each row. */
async function gathered(
  tensor: CheckpointTensor,
  ids: ArrayLike<number>,
): Promise<{ rows: number[]; bytesRead: number }> {
  const rows: number[] = [];
  let bytesRead = 0;
  for await (const block of gatherRows(tensor, ids)) {
    expect(block.first).toBe(rows.length);
    expect(block.bytes.byteOffset).toBe(0);
    bytesRead += block.bytesRead;
    const columns = tensor.shape[1]!;
    const values = new Float32Array(block.bytes.buffer); // (count, columns)
    expect(values.length).toBe(block.count * columns);
    for (let row = 0; row < block.count; row++) {
      const own = values.subarray(row * columns, (row + 1) * columns);
      rows.push(own.every((value) => value === own[0]) ? own[0]! : NaN);
    }
  }
  return { rows, bytesRead };
}

/** A fixed sequence of numbers below `limit` that looks random. */
function scattered(count: number, limit: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => (state = (state * 48271) % 2147483647) % limit);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe("gatherRows", () => {
  const tall = table(3_000, 500);
  const ids = scattered(4_000, 3_000); // With repeats; more than one block.

  test("gives the rows asked for in the order asked for, in several blocks", async () => {
    expect(ids.length * 2000).toBeGreaterThan(BLOCK_BYTES);
    expect((await gathered(tall, ids)).rows).toEqual(ids);
    expect((await gathered(tall, Uint32Array.from(ids))).rows).toEqual(ids);
  });

  test("gives the same when every read is slow and the thread pool takes over", async () => {
    let now = 0;
    jest.spyOn(performance, "now").mockImplementation(() => (now += 5));
    const sparse = scattered(300, 3_000);
    expect((await gathered(tall, sparse)).rows).toEqual(sparse);
  });

  test("rows that follow each other are read once, without a byte more", async () => {
    const all = Array.from({ length: 3_000 }, (_, i) => i);
    expect(await gathered(tall, all)).toEqual({ rows: all, bytesRead: tall.byteLength });
    expect(await gathered(tall, [5, 6, 7])).toEqual({ rows: [5, 6, 7], bytesRead: 6000 });
  });

  test("only the rows used and short gaps are read", async () => {
    expect((await gathered(tall, [0, 2_999])).bytesRead).toBe(4000);
    expect((await gathered(tall, [0, 2, 1, 2])).bytesRead).toBe(6000);
  });

  test("long rows go through the thread pool", async () => {
    const wide = table(40, 20_000); // 80,000 bytes a row
    const order = [39, 0, 17, 18, 19, 0, 3, 1];
    expect((await gathered(wide, order)).rows).toEqual(order);
  });

  test("rows of a tensor in memory come without reading a file", async () => {
    const bytes = new Uint8Array(new Float32Array([0, 0, 1, 1, 2, 2]).buffer);
    const tensor = { name: "t", dtype: "F32", shape: [3, 2], file: "none", byteLength: 24, bytes } as const;
    expect(await gathered(tensor, [2, 0, 2])).toEqual({ rows: [2, 0, 2], bytesRead: 0 });
  });

  test("an empty request is no error", async () => {
    expect(await gathered(tall, [])).toEqual({ rows: [], bytesRead: 0 });
  });

  test.each([
    [3, 0],
    [1e9, 0],
    [2 ** 32, 0],
    [2 ** 53 - 1, 0],
    [2 ** 40, 1],
    [1, 2 ** 40],
  ])("a matrix of %d x %d is refused by its shape, whatever it claims", async (...shape) => {
    const none = { ...tall, shape, byteLength: 0 };
    const words =
      /"t" is F32 of shape \(\d+, \d+\), (expected a matrix with at least one column|at most 16777216 rows)/;
    await expect(gathered(none, [1, 2])).rejects.toThrow(words);
    await expect(rowSquares(none)).rejects.toThrow(words);
    expect(() => gatherAllRows(none)).toThrow(words);
  });

  test.each([-1, 3_000, 1.5, NaN])("row %p is refused before anything is read", async (id) => {
    await expect(gathered(tall, [0, id])).rejects.toThrow(`"t" has 3000 rows, but row ${id} was asked for`);
  });

  test("a tensor that is no matrix of whole bytes is refused", async () => {
    await expect(gathered({ ...tall, shape: [1_500_000] }, [0])).rejects.toThrow(
      '"t" is F32 of shape (1500000), expected a matrix (rows, columns)',
    );
    await expect(gathered({ ...tall, dtype: "F4", shape: [2, 3] }, [0])).rejects.toThrow("whole bytes");
  });

  test("a file that became shorter is an error that names it", async () => {
    const longer = { ...tall, shape: [3_001, 500] };
    await expect(gathered(longer, [3_000])).rejects.toThrow(/3000x500: ends at byte 6000013, .* truncated/);
  });

  test("a fired signal stops it with InterruptedError", async () => {
    const controller = new AbortController();
    const gather = gatherRows(tall, ids, { signal: controller.signal });
    await gather.next();
    controller.abort();
    await expect(
      (async () => {
        for await (const block of gather) expect(block.count).toBeGreaterThan(0);
      })(),
    ).rejects.toMatchObject({ name: "InterruptedError" });
  });

  test("a consumer that stops early leaves no file open", async () => {
    for await (const block of gatherRows(tall, ids)) {
      expect(block.first).toBe(0);
      break;
    }
    expect(await openFiles()).not.toContain(tall.file);
  });
});

/** Paths of this process' open files; empty where /proc is not there to tell. */
async function openFiles(): Promise<string[]> {
  const { readlink } = await import("node:fs/promises");
  const handles = await readdir("/proc/self/fd").catch(() => []);
  return Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => "")));
}
