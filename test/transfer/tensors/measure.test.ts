import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { encodeFloats } from "../../../src/tensor/half.js";
import { BlockHash } from "../../../src/files/block-hash.js";
import { RowMeter } from "../../../src/transfer/tensors/measure.js";

const digest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

describe("BlockHash", () => {
  test("is the SHA-256 of the blocks' SHA-256, though the memory of a block is used again at once", async () => {
    const hash = new BlockHash();
    const memory = new Uint8Array(2 ** 22);
    const blocks = [1, 2, 3].map((value) => new Uint8Array(memory.length).fill(value));
    for (const block of blocks) {
      memory.set(block);
      hash.add(memory);
      memory.fill(0xff);
    }
    expect(await hash.finish()).toBe(digest(Buffer.concat(blocks.map(digest))).toString("hex"));
  });
});

describe("RowMeter", () => {
  test("keeps the squared norm of every row, over blocks", () => {
    const meter = new RowMeter(2, "F32", (row) => `row ${row}`);
    meter.add(encodeFloats(Float32Array.of(1, 2, 0, 0), "F32"));
    meter.add(encodeFloats(Float32Array.of(3, 4), "F32"));
    expect([...meter.squaredNorms()]).toEqual([5, 0, 25]);
  });

  test("names the first row that is not finite, counted over blocks", () => {
    const meter = new RowMeter(2, "F32", (row) => `row ${row} is damaged`);
    meter.add(encodeFloats(Float32Array.of(1, 2), "F32"));
    expect(() => meter.add(encodeFloats(Float32Array.of(1, 2, NaN, 0), "F32"))).toThrow("row 2 is damaged");
  });
});
