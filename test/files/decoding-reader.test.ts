import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { gatherRows } from "../../src/files/gather-rows.js";
import { readRows, type FloatMatrix } from "../../src/files/read-rows.js";
import { readTensor } from "../../src/files/read-tensor.js";
import { openTensor } from "../../src/files/tensor-reader.js";
import { firstRows } from "../../src/tensor/first-rows.js";
import { isDecoded, type DecodedTensor } from "../../src/tensor/tensor-info.js";

const GOLDENS = join(import.meta.dirname, "..", "goldens", "checkpoints");
const { tensors } = await openCheckpoint(join(GOLDENS, "every-type.gguf"));
const blocks = [...tensors.values()].filter(isDecoded);

describe("a tensor in blocks", () => {
  test.each(blocks.map((tensor) => [tensor.stored.format!.name, tensor.name] as const))(
    "of %s (%s) gives any bytes of its numbers",
    async (_, name) => {
      const tensor = tensors.get(name)!;
      const whole = Buffer.from(await readTensor(tensor));
      const reader = await openTensor(tensor);
      try {
        for (const [offset, length] of [
          [0, 4],
          [1, 2],
          [126, 5],
          [1020, 12],
          [4, 1500],
          [2044, 4],
        ] as const) {
          const [direct, pooled] = [new Uint8Array(length), new Uint8Array(length + 1).subarray(1)];
          reader.readIntoSync(direct, offset);
          await reader.readInto(pooled, offset);
          const expected = whole.subarray(offset, offset + length);
          expect(Buffer.from(direct).equals(expected) && Buffer.from(pooled).equals(expected)).toBe(true);
        }
      } finally {
        await reader.close();
      }
    },
  );

  test("gives rows in any order, and counts the bytes that were read", async () => {
    const tensor = tensors.get("long") as DecodedTensor;
    const whole = new Float32Array((await readTensor(tensor)).buffer);
    const rows = await readRows(tensor as FloatMatrix, [32, 0, 32]);
    expect([...rows]).toEqual([32, 0, 32].flatMap((row) => [...whole.subarray(256 * row, 256 * (row + 1))]));
    for await (const { bytesRead } of gatherRows(tensor, [5])) expect(bytesRead).toBe(8 * 20);
  });

  test("gives its first rows as a tensor of their own", async () => {
    const tensor = tensors.get("long")!;
    const first = firstRows(tensor, 3);
    expect(first).toMatchObject({ shape: [3, 256], byteLength: 3 * 1024, stored: { byteLength: 3 * 8 * 20 } });
    expect(
      Buffer.from(await readTensor(first)).equals(Buffer.from(await readTensor(tensor)).subarray(0, 3 * 1024)),
    ).toBe(true);
  });

  test("whose heads lie in pairs gives their halves one after another", async () => {
    const paired = tensors.get("F32")!; // (3, 5)
    const place = paired as unknown as { byteOffset: number };
    const stored = { byteOffset: place.byteOffset, byteLength: 48, pairedHeads: 2 };
    // Two heads of 6 rows of one number: in the file a0 b0 a1 b1 a2 b2, in the tensor a0 a1 a2 b0 b1 b2.
    const tensor: DecodedTensor = {
      name: "q",
      dtype: "F32",
      shape: [12, 1],
      file: paired.file,
      byteLength: 48,
      stored,
    };
    const numbers = new Float32Array((await readTensor(paired)).buffer);
    const order = [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11];
    expect([...new Float32Array((await readTensor(tensor)).buffer)]).toEqual(order.map((from) => numbers[from]));
    expect([...(await readRows(tensor as FloatMatrix, [8, 3]))]).toEqual([numbers[10], numbers[1]]);
    expect(() => firstRows(tensor, 6)).toThrow("the first rows of paired heads do not lie together");
  });
});
