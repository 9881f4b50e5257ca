import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { readSafetensors } from "../../../src/checkpoint/safetensors/read.js";
import { writeSafetensors, type TensorToWrite } from "../../../src/checkpoint/safetensors/write.js";
import { gatherRows } from "../../../src/files/gather-rows.js";
import { readTensor, streamTensor } from "../../../src/files/read-tensor.js";
import { testWithDisk, tinyDisk } from "../../helpers/hostile-disk.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const GOLDENS = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "goldens", "checkpoints");
const root = temporaryFolder();
const disk = tinyDisk(128);
let count = 0;

function newFolder(): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  return folder;
}

const bytes = (name: string, length: number, fill = 1): TensorToWrite => ({
  name,
  dtype: "U8",
  shape: [length],
  data: new Uint8Array(length).fill(fill),
});

async function* chunked(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

describe("writeSafetensors", () => {
  test("gives the bytes of the reference implementation, for every dtype", async () => {
    const golden = join(GOLDENS, "every-dtype.safetensors");
    const { tensors, metadata } = await readSafetensors(golden);
    const path = join(newFolder(), "copy.safetensors");
    const shuffled = tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    await writeSafetensors(
      path,
      shuffled.map((tensor) => ({ ...tensor, data: streamTensor(tensor) })),
      { metadata },
    );
    expect(Buffer.compare(readFileSync(path), readFileSync(golden))).toBe(0);
  });

  test("starts the data at a multiple of 8 bytes, sorts by alignment, then by the UTF-8 bytes of the name", async () => {
    const path = join(newFolder(), "order.safetensors");
    const single = (name: string, dtype: "F64" | "F16"): TensorToWrite => ({
      name,
      dtype,
      shape: [],
      data: new Uint8Array(dtype === "F64" ? 8 : 2),
    });
    const written = await writeSafetensors(path, [
      bytes("a", 1),
      single("\u{1f600}", "F16"),
      single("\uffff", "F16"),
      single("10", "F16"),
      single("9", "F16"),
      single("z", "F64"),
    ]);
    expect(written.tensors.map(({ name }) => name)).toEqual(["z", "10", "9", "\uffff", "\u{1f600}", "a"]);
    expect(written.tensors[0]!.byteOffset % 8).toBe(0);
    expect((await readSafetensors(path)).tensors).toEqual(written.tensors);
    const header = readFileSync(path).subarray(8, written.tensors[0]!.byteOffset).toString();
    expect(header).toMatch(/^\{"z":\{"dtype":"F64","shape":\[\],"data_offsets":\[0,8\]\},"10":.*\}\} *$/);
  });

  test("the same input gives the same bytes, whatever the order of tensors and of metadata", async () => {
    const [first, second] = [join(newFolder(), "a"), join(newFolder(), "b")];
    const one = await writeSafetensors(first, [bytes("x", 3), bytes("y", 2, 2)], {
      metadata: { b: "1", a: "2", "7": "3" },
    });
    const two = await writeSafetensors(second, [bytes("y", 2, 2), bytes("x", 3)], {
      metadata: { a: "2", "7": "3", b: "1" },
    });
    expect(two.byteLength).toBe(one.byteLength);
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
    expect(readFileSync(first, "latin1")).toContain('{"__metadata__":{"7":"3","a":"2","b":"1"},"x"');
  });

  test("what was written opens again with the same bytes and metadata", async () => {
    const path = join(newFolder(), "model.safetensors");
    const metadata = { format: "langbridge", note: 'line\n"quoted" é \u2028 😀' };
    const tensors = [bytes("in chunks", 5), bytes("at once", 3, 9), bytes("empty", 0)];
    const written = await writeSafetensors(
      path,
      [
        { ...tensors[0]!, data: chunked(Uint8Array.of(1, 1), new Uint8Array(), Uint8Array.of(1, 1, 1)) },
        ...tensors.slice(1),
      ],
      { metadata },
    );
    expect(written.byteLength).toBe(readFileSync(path).length);
    const checkpoint = await openCheckpoint(path);
    expect(checkpoint.files.get(path)!.metadata).toEqual(metadata);
    for (const { name, data } of tensors) {
      expect(await readTensor(checkpoint.tensors.get(name)!)).toEqual(data);
    }
  });

  test("rows gathered from one file become a tensor of another", async () => {
    const folder = newFolder();
    const table = { name: "t", dtype: "U8", shape: [4, 2], data: Uint8Array.of(0, 0, 1, 1, 2, 2, 3, 3) } as const;
    const source = (await writeSafetensors(join(folder, "a"), [table])).tensors[0]!;
    async function* rows(): AsyncGenerator<Uint8Array> {
      for await (const block of gatherRows(source, [3, 1])) yield block.bytes;
    }
    const target = await writeSafetensors(join(folder, "b"), [{ ...table, shape: [2, 2], data: rows() }]);
    expect([...(await readTensor(target.tensors[0]!))]).toEqual([3, 3, 1, 1]);
  });

  test.each([
    ["fewer", chunked(new Uint8Array(3)), "got 3 bytes, but U8 of shape (4) takes 4"],
    ["more", chunked(new Uint8Array(3), new Uint8Array(2)), "got more bytes, but U8 of shape (4) takes 4"],
    ["fewer at once", new Uint8Array(2), "got 2 bytes, but U8 of shape (4) takes 4"],
  ])("a tensor that gives %s bytes than its shape is an error, and no file stays", async (_title, data, message) => {
    const folder = newFolder();
    const path = join(folder, "x");
    await expect(writeSafetensors(path, [{ ...bytes("w", 4), data }])).rejects.toMatchObject({
      name: "InputError",
      message: `${path}: tensor "w" ${message}`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a name used twice, and the name of the metadata, are refused", async () => {
    const path = join(newFolder(), "x");
    await expect(writeSafetensors(path, [bytes("w", 1), bytes("w", 1)])).rejects.toThrow('name "w" is taken already');
    await expect(writeSafetensors(path, [bytes("__metadata__", 1)])).rejects.toThrow("is taken already");
  });

  test("a shape that has no size is refused", async () => {
    const tensor = { ...bytes("w", 0), shape: [2 ** 30, 2 ** 30] };
    await expect(writeSafetensors(join(newFolder(), "x"), [tensor])).rejects.toThrow('"w" cannot be U8 of shape');
  });

  test("the error of a stream passes through, and no file stays", async () => {
    const folder = newFolder();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(new Uint8Array(1));
      throw new Error("the source is gone");
    }
    const writing = writeSafetensors(join(folder, "x"), [{ ...bytes("w", 4), data: broken() }]);
    await expect(writing).rejects.toThrow("the source is gone");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a fired signal stops it, and no file stays", async () => {
    const folder = newFolder();
    const writing = writeSafetensors(join(folder, "x"), [bytes("w", 4)], { signal: AbortSignal.abort() });
    await expect(writing).rejects.toMatchObject({ name: "InterruptedError" });
    expect(readdirSync(folder)).toEqual([]);
  });

  testWithDisk(disk)("a full disk is one line, and no file stays", async () => {
    const path = join(disk!, "model.safetensors");
    await expect(writeSafetensors(path, [bytes("w", 2 ** 20)])).rejects.toMatchObject({
      name: "UnavailableError",
      message: `${path}: cannot be written: the disk is full; free some space or choose another folder`,
    });
    expect(readdirSync(disk!)).toEqual([]);
  });
});

interface IndependentReader {
  readonly metadata: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>;
  getTensor(name: string): Uint8Array;
}

describe("an independent reader", () => {
  test("the npm package safetensors finds the same tensors and bytes in a file written here", async () => {
    const require = createRequire(import.meta.url);
    const { SafeTensor } = require("safetensors") as { SafeTensor: new (file: Uint8Array) => IndependentReader };
    const path = join(newFolder(), "x.safetensors");
    const values = new Float32Array([1.5, -2, 3, 4, 5, 6]);
    const matrix = { name: "m", dtype: "F32", shape: [2, 3], data: new Uint8Array(values.buffer) } as const;
    await writeSafetensors(path, [bytes("b", 3, 7), matrix]); // It cannot read a file with metadata.
    const reader = new SafeTensor(Uint8Array.from(readFileSync(path)));
    expect([...reader.metadata].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ["m", "F32", [2, 3]],
      ["b", "U8", [3]],
    ]);
    expect(new Float32Array(Uint8Array.from(reader.getTensor("m")).buffer)).toEqual(values);
    expect([...reader.getTensor("b")]).toEqual([7, 7, 7]);
  });
});
