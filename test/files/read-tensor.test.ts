import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { MAX_WHOLE_TENSOR_BYTES, readTensor, streamTensor } from "../../src/files/read-tensor.js";
import { CHUNK_BYTES } from "../../src/files/stream-bytes.js";
import type { CheckpointTensor } from "../../src/tensor/tensor-info.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const folder = temporaryFolder();
const LENGTH = 2 * CHUNK_BYTES + 5;
const content = new Uint8Array(LENGTH).map((_, i) => (i * 31 + (i >> 8)) & 255);
const file = join(folder, "weights");
writeFileSync(file, Buffer.concat([Buffer.from("header"), content]));
const tensor = { name: "w", dtype: "U8", shape: [LENGTH], file, byteOffset: 6, byteLength: LENGTH } as const;

async function streamed(of: CheckpointTensor): Promise<number[]> {
  const sizes: number[] = [];
  let at = 0;
  for await (const chunk of streamTensor(of)) {
    expect(Buffer.compare(chunk, content.subarray(at, at + chunk.length))).toBe(0);
    at += chunk.length;
    sizes.push(chunk.length);
  }
  return sizes;
}

describe("readTensor", () => {
  test("reads exactly the tensor's bytes, into an ArrayBuffer of its own", async () => {
    const bytes = await readTensor(tensor);
    expect(Buffer.compare(bytes, content)).toBe(0);
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, LENGTH]);
  });

  test("copies a tensor that is in memory", async () => {
    const bytes = Uint8Array.of(1, 2);
    const copy = await readTensor({ name: "m", dtype: "U8", shape: [2], file, byteLength: 2, bytes });
    expect([...copy]).toEqual([1, 2]);
    expect(copy.buffer).not.toBe(bytes.buffer);
  });

  test("refuses a tensor that is too large for memory", async () => {
    const large = { ...tensor, byteLength: MAX_WHOLE_TENSOR_BYTES + 1 };
    await expect(readTensor(large)).rejects.toThrow('tensor "w" takes 1073741825 bytes, at most 1073741824 are read');
  });
});

describe("streamTensor", () => {
  test("gives the bytes in order, chunk by chunk", async () => {
    expect(await streamed(tensor)).toEqual([CHUNK_BYTES, CHUNK_BYTES, 5]);
    expect(await streamed({ ...tensor, byteLength: 0, shape: [0] })).toEqual([]);
  });

  test("a truncated file is an error after the chunks that are there", async () => {
    await expect(streamed({ ...tensor, byteLength: LENGTH + 1 })).rejects.toThrow("the file is truncated");
  });

  test("a fired signal stops it", async () => {
    const stream = streamTensor(tensor, { signal: AbortSignal.abort() });
    await expect(stream.next()).rejects.toMatchObject({ name: "InterruptedError" });
  });
});
