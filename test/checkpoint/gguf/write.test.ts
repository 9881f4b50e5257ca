import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readGguf } from "../../../src/checkpoint/gguf/read.js";
import { flag, float32, numbers, text, uint32 } from "../../../src/checkpoint/gguf/written-keys.js";
import { writeGguf, type GgufTensor } from "../../../src/checkpoint/gguf/write.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const keys = new Map([
  ["general.architecture", text("tést 🦙")],
  ["a.uint32", uint32(4_000_000_000)],
  ["a.float32", float32(0.1)],
  ["a.flag", flag(true)],
  ["a.ints", numbers("int32", [-1, 2])],
  ["a.floats", numbers("float32", [0.1, -2])],
]);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const matrix: GgufTensor = { name: "m", type: "F16", shape: [3, 1], data: bytes(1, 2, 3, 4, 5, 6) };
const block: GgufTensor = { name: "b", type: "Q8_0", shape: [1, 32], data: new Uint8Array(34).fill(1) };

test("keys and tensors are read back as they were given, each tensor at a multiple of 32", async () => {
  const path = join(root, "sound.gguf");
  await writeGguf(path, keys, [matrix, block]);
  const { metadata, tensors } = await readGguf(path);
  const plain = [...metadata].map(([key, value]) => [
    key,
    typeof value === "function" ? value() : typeof value === "object" ? Array.from(value) : value,
  ]);
  expect(plain).toEqual([...keys].map(([key, { value }]) => [key, value]));
  expect(tensors.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
    ["m", [3, 1], "F16"],
    ["b", [1, 32], "F32"],
  ]);
  expect(await readTensor(tensors[0]!)).toEqual(matrix.data);
});

test.each([
  [
    "more bytes than its shape takes",
    [{ ...matrix, data: bytes(1, 2, 3, 4, 5, 6, 7) }],
    'tensor "m" got 7 bytes, but its shape takes 6',
  ],
  ["fewer bytes", [{ ...matrix, data: bytes(1) }], 'tensor "m" got 1 bytes, but its shape takes 6'],
  ["a name of 64 bytes", [{ ...matrix, name: "é".repeat(32) }], "has a name of more than 63 bytes"],
  ["a name twice", [matrix, matrix], 'tensor "m" comes twice'],
  ["five dimensions", [{ ...matrix, shape: [1, 1, 1, 3, 1] }], "has 5 dimensions, at most 4 fit"],
])("a tensor of %s leaves no file", async (_, tensors, message) => {
  const path = join(root, "unsound.gguf");
  await expect(writeGguf(path, keys, tensors)).rejects.toThrow(message);
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(root).filter((name) => name.includes("unsound"))).toEqual([]);
});
