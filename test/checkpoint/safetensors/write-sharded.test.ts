import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { writeShardedSafetensors } from "../../../src/checkpoint/safetensors/write-sharded.js";
import type { TensorToWrite } from "../../../src/checkpoint/tensor-to-write.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();

const tensor = (name: string, length: number, fill: number): TensorToWrite => ({
  ...{ name, dtype: "U8", shape: [length] },
  data: new Uint8Array(length).fill(fill),
});
const tensors = [
  tensor("b", 60, 1),
  tensor("a", 50, 2),
  tensor("large", 300, 3),
  tensor("c", 40, 4),
  tensor("d", 40, 5),
];

async function written(name: string, maxShardBytes?: number) {
  const folder = join(root, name);
  mkdirSync(folder);
  const result = await writeShardedSafetensors(folder, tensors, { metadata: { format: "pt" }, maxShardBytes });
  return { folder, ...result };
}

test("what fits into one file is one file without an index", async () => {
  const { folder, files } = await written("one");
  expect(files).toEqual(["model.safetensors"]);
  expect(readdirSync(folder)).toEqual(files);
});

test("shards are filled in order, a tensor larger than one stands alone, and the index names each tensor's file", async () => {
  const { folder, files, byteLength } = await written("several", 100);
  expect(files).toEqual([1, 2, 3, 4].map((number) => `model-0000${number}-of-00004.safetensors`));
  const index = JSON.parse(readFileSync(join(folder, "model.safetensors.index.json"), "utf8")) as object;
  expect(index).toEqual({
    metadata: { total_size: 490 },
    weight_map: { a: files[1], b: files[0], c: files[3], d: files[3], large: files[2] },
  });
  const checkpoint = await openCheckpoint(folder);
  for (const { name, data } of tensors) {
    expect(Buffer.compare(await readTensor(checkpoint.tensors.get(name)!), data as Uint8Array)).toBe(0);
  }
  expect([...checkpoint.files.values()].every(({ metadata }) => metadata["format"] === "pt")).toBe(true);
  const sizes = files.map((name) => readFileSync(join(folder, name)).length);
  expect(byteLength).toBe(sizes.reduce((sum, size) => sum + size, 0));
});

test("no tensors are still a checkpoint", async () => {
  const folder = join(root, "none");
  mkdirSync(folder);
  expect((await writeShardedSafetensors(folder, [])).files).toEqual(["model.safetensors"]);
  expect((await openCheckpoint(folder)).tensors.size).toBe(0);
});
