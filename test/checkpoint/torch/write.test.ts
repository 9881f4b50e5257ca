import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { openPromise } from "yauzl";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import type { TensorToWrite } from "../../../src/checkpoint/tensor-to-write.js";
import { centralDirectory, dataDescriptor, localHeader } from "../../../src/checkpoint/torch/zip-format.js";
import { readZipMembers } from "../../../src/checkpoint/torch/zip-members.js";
import { writeTorchArchive } from "../../../src/checkpoint/torch/write.js";
import { withFile } from "../../../src/files/positioned-file.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { testWithDisk, tinyDisk } from "../../helpers/hostile-disk.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const GOLDENS = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "goldens", "written");
const root = temporaryFolder();
const disk = tinyDisk(128);
let count = 0;

function newPath(name: string): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  return join(folder, name);
}

const float32 = (name: string, shape: readonly number[], ...values: number[]): TensorToWrite => ({
  name,
  dtype: "F32",
  shape,
  data: new Uint8Array(new Float32Array(values).buffer),
});

async function* chunked(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** Two tensors of an adapter, one of them streamed. */
const adapter = (): TensorToWrite[] => [
  float32("model.mm_projector.0.weight", [2, 3], 1, 2, 3, 4, 5, 6),
  {
    name: "model.mm_projector.0.bias",
    dtype: "BF16",
    shape: [2],
    data: chunked(Uint8Array.of(0, 63), Uint8Array.of(128, 63)),
  },
];

describe("writeTorchArchive", () => {
  test("a dict opens again with the same names, shapes and bytes, in the order given", async () => {
    const path = newPath("mm_projector.bin");
    const written = await writeTorchArchive(path, adapter());
    expect(written.byteLength).toBe(readFileSync(path).length);
    const { tensors } = await openCheckpoint(path);
    expect([...tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ["model.mm_projector.0.weight", "F32", [2, 3]],
      ["model.mm_projector.0.bias", "BF16", [2]],
    ]);
    const [weight, bias] = await Promise.all([...tensors.values()].map(readTensor));
    expect(new Float32Array(weight!.buffer)).toEqual(new Float32Array([1, 2, 3, 4, 5, 6]));
    expect([...bias!]).toEqual([0, 63, 128, 63]);
  });

  test("one tensor opens again as one tensor", async () => {
    const path = newPath("matrix.pt");
    await writeTorchArchive(path, float32("ignored", [1, 2], 7, 8));
    const { tensors } = await openCheckpoint(path);
    expect([...tensors.keys()]).toEqual(["tensor"]);
    expect(new Float32Array((await readTensor(tensors.get("tensor")!)).buffer)).toEqual(new Float32Array([7, 8]));
  });

  test("scalars, empty tensors, long axes and every dtype that torch can store go and come back", async () => {
    const dtypes = { BOOL: 1, U8: 1, I8: 1, I16: 2, I32: 4, I64: 8, F16: 2, BF16: 2, F32: 4, F64: 8, C64: 8 } as const;
    const tensors: TensorToWrite[] = [
      ...Object.entries(dtypes).map(([dtype, size]) => {
        return { name: dtype, dtype: dtype as keyof typeof dtypes, shape: [], data: new Uint8Array(size).fill(1) };
      }),
      { name: "empty", dtype: "F32", shape: [0, 70_000], data: new Uint8Array() },
      { name: "long ▁", dtype: "U8", shape: [1, 70_000, 1], data: new Uint8Array(70_000).fill(3) },
    ];
    const path = newPath("every.bin");
    await writeTorchArchive(path, tensors);
    const opened = (await openCheckpoint(path)).tensors;
    expect([...opened.keys()]).toEqual(tensors.map(({ name }) => name));
    for (const { name, dtype, shape, data } of tensors) {
      expect(opened.get(name)).toMatchObject({ dtype, shape });
      expect(Buffer.compare(await readTensor(opened.get(name)!), data as Uint8Array)).toBe(0);
    }
  });

  test("data starts at multiples of 64 bytes, and the same input gives the same bytes under any name", async () => {
    const [first, second] = [newPath("a.bin"), newPath("other-name.bin")];
    await writeTorchArchive(first, adapter());
    await writeTorchArchive(second, adapter());
    expect(Buffer.compare(readFileSync(first), readFileSync(second))).toBe(0);
    const members = [...(await withFile(first, readZipMembers)).values()];
    expect(members.map(({ name }) => name)).toEqual([
      "archive/data.pkl",
      "archive/byteorder",
      "archive/data/0",
      "archive/data/1",
      "archive/version",
    ]);
    expect(members.filter(({ offset }) => offset % 64 !== 0)).toEqual([]);
  });

  test.each(["dict.bin", "bare.pt"])("writes %s, which torch has opened, byte for byte", async (name) => {
    const path = newPath(name);
    await writeTorchArchive(path, name === "dict.bin" ? adapter() : float32("matrix", [2, 2], 0.5, -1, 2, 1e-3));
    expect(Buffer.compare(readFileSync(path), readFileSync(join(GOLDENS, name)))).toBe(0);
  });

  test.each([
    ["a name used twice", [float32("w", [1], 1), float32("w", [1], 1)], 'the tensor name "w" is taken already'],
    [
      "a dtype without storage type",
      [{ name: "w", dtype: "F8_E4M3", shape: [1], data: new Uint8Array(1) }],
      'tensor "w" is F8_E4M3, which has no PyTorch storage type; write safetensors',
    ],
    ["too few bytes", [float32("w", [3], 1)], 'tensor "w" got 4 bytes, but F32 of shape (3) takes 12'],
    ["too many bytes", [float32("w", [1], 1, 2)], 'tensor "w" got more bytes, but F32 of shape (1) takes 4'],
  ] as const)("refuses %s, and no file stays", async (_title, tensors, message) => {
    const path = newPath("x.bin");
    await expect(writeTorchArchive(path, tensors)).rejects.toMatchObject({
      name: "InputError",
      message: `${path}: ${message}`,
    });
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test("a fired signal stops it, and no file stays", async () => {
    const path = newPath("x.bin");
    await expect(writeTorchArchive(path, adapter(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "InterruptedError",
    });
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  testWithDisk(disk)("a full disk is one line, and no file stays", async () => {
    const path = join(disk!, "x.bin");
    const large = { name: "w", dtype: "U8", shape: [2 ** 20], data: new Uint8Array(2 ** 20) } as const;
    await expect(writeTorchArchive(path, [large])).rejects.toMatchObject({ name: "UnavailableError" });
    expect(readdirSync(disk!)).toEqual([]);
  });
});

describe("an archive of more than 4 GiB", () => {
  test("has its sizes and offsets in ZIP64's fields", async () => {
    const path = newPath("large.zip");
    const length = 5 * 2 ** 30;
    const first = { name: "a/large", length };
    const second = { name: "a/behind", length: 3 };
    const file = openSync(path, "w"); // The data is a hole, which takes no space.
    let at = 0;
    const append = (bytes: Buffer): void => void (at += writeSync(file, bytes, 0, bytes.length, at));
    append(localHeader(first, 0, 64));
    const firstData = at;
    at += length;
    append(dataDescriptor({ length, crc32: 1 }));
    const offset = at;
    append(localHeader(second, offset, 64));
    const secondData = at;
    append(Buffer.from("xyz"));
    append(dataDescriptor({ length: 3, crc32: 2 }));
    append(
      centralDirectory(
        [
          { ...first, offset: 0, crc32: 1 },
          { ...second, offset, crc32: 2 },
        ],
        at,
      ),
    );
    closeSync(file);
    expect([...(await withFile(path, readZipMembers)).values()]).toEqual([
      { name: "a/large", offset: firstData, length, change: undefined },
      { name: "a/behind", offset: secondData, length: 3, change: undefined },
    ]);
    expect([firstData % 64, secondData % 64]).toEqual([0, 0]);
  });

  test("and one of more than 65,535 members its number of them", async () => {
    const path = newPath("many.zip");
    const members = Array.from({ length: 70_000 }, (_, i) => ({ name: `a/${i}`, length: 0 }));
    const offsets: number[] = [];
    let at = 0;
    const parts = members.map((member) => {
      offsets.push(at);
      const bytes = Buffer.concat([localHeader(member, at, 1), dataDescriptor({ length: 0, crc32: 0 })]);
      at += bytes.length;
      return bytes;
    });
    const directory = centralDirectory(
      members.map((member, i) => ({ ...member, offset: offsets[i]!, crc32: 0 })),
      at,
    );
    const file = openSync(path, "w");
    writeSync(file, Buffer.concat([...parts, directory]));
    closeSync(file);
    const zip = await openPromise(path);
    expect(zip.entryCount).toBe(70_000);
    expect((await zip.eachEntry().next()).value).toMatchObject({ fileName: "a/0" });
    zip.close();
  });
});
