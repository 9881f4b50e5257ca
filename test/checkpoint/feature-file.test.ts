import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openFeatureFile, readFeatures } from "../../src/checkpoint/feature-file.js";
import { encodeFloats } from "../../src/tensor/half.js";
import { safetensorsBytes } from "../helpers/make-folders.js";
import { MODELS } from "../helpers/goldens.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
let files = 0;

/** A .npy file by the letter of the format: magic, version, header length, header, array. */
function npy(header: string, data: Uint8Array, { version = 1 } = {}): string {
  const path = join(root, `${files++}.npy`);
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, "latin1");
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  writeFileSync(path, Buffer.concat([start, length, Buffer.from(header, "latin1"), data]));
  return path;
}

const header = (shape: string, descr = "<f4", order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i / 2);
const f32 = (count: number): Uint8Array => encodeFloats(numbers(count), "F32");

function safetensors(tensors: Parameters<typeof safetensorsBytes>[0]): string {
  const path = join(root, `${files++}.safetensors`);
  writeFileSync(path, safetensorsBytes(tensors));
  return path;
}

describe("openFeatureFile", () => {
  test("reads entries of one or several vectors, of three float types, by name", async () => {
    const path = safetensors({
      "bell.wav": { shape: [2, 3], values: numbers(6) },
      "drum.wav": { shape: [3], values: numbers(3), dtype: "F16" },
      "horn.wav": { shape: [1, 3], values: numbers(3), dtype: "BF16" },
    });
    const file = await openFeatureFile(path);
    expect(file.width).toBe(3);
    expect([...file.entries].map(([name, { vectors }]) => [name, vectors])).toEqual([
      ["bell.wav", 2],
      ["drum.wav", 1],
      ["horn.wav", 1],
    ]);
    expect(await readFeatures(file, "bell.wav")).toEqual(numbers(6));
    expect(await readFeatures(file, "drum.wav")).toEqual(numbers(3));
    expect(await readFeatures(file, "horn.wav")).toEqual(numbers(3));
  });

  test("reads the items of an array by their numbers, in both versions of its header and both shapes", async () => {
    const several = await openFeatureFile(npy(header("(2, 2, 3)"), f32(12)));
    expect([...several.entries.keys()]).toEqual(["0", "1"]);
    expect(await readFeatures(several, "1")).toEqual(numbers(12).slice(6));
    const single = await openFeatureFile(
      npy(header("(4, 3)", "<f2"), encodeFloats(numbers(12), "F16"), { version: 2 }),
    );
    expect(single.entries.get("3")!.vectors).toBe(1);
    expect(await readFeatures(single, "3")).toEqual(numbers(12).slice(9));
  });

  test("reads what numpy and safetensors wrote; goldens/make/features.py", async () => {
    const expected = numbers(24).map((value) => value - 3);
    for (const [name, entry] of [
      ["f4.npy", "1"],
      ["f2.npy", "1"],
      ["items.safetensors", "bell.wav"],
    ] as const) {
      const path = join(MODELS, "..", "features", name);
      const features = await readFeatures(await openFeatureFile(path, { width: 4, by: "adapter" }), entry);
      expect(features).toEqual(expected.slice(12));
    }
  });
});

describe("openFeatureFile refuses", () => {
  test.each([
    [
      "another kind of file by its name",
      "a.bin",
      /a\.bin: is no file of features by its name, expected .*safetensors or \.npy/,
    ],
    ["what is not there", "none.npy", /none\.npy: cannot be opened: no such file/],
  ])("%s", async (_what, name, message) => {
    await expect(openFeatureFile(join(root, name))).rejects.toThrow(message);
  });

  test.each([
    ["elements of another type", header("(1, 3)", "<f8"), 24, /holds <f8, expected <f4 or <f2; save array\.astype/],
    ["big-endian elements", header("(1, 3)", ">f4"), 12, /holds >f4, expected <f4 or <f2/],
    ["Fortran's order", header("(2, 2, 3)", "<f4", "True"), 48, /lies in Fortran's order; save numpy\.ascontiguous/],
    [
      "a record",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }",
      12,
      /names no 'descr' of one type/,
    ],
    ["one axis", header("(3,)"), 12, /is \(3\), expected \(items, vectors, width\) or \(items, width\)/],
    ["a scalar", header("()"), 4, /is \(\), expected \(items, vectors, width\)/],
    ["no items", header("(0, 2, 3)"), 0, /holds no entries/],
    ["items without vectors", header("(2, 0, 3)"), 0, /entry "0" is F32 \(0, 3\), expected .* at least one vector/],
    ["a truncated array", header("(2, 2, 3)"), 44, /\(2, 2, 3\) of F32 takes 48 bytes, but 44 follow the header/],
    ["bytes behind the array", header("(2, 2, 3)"), 52, /takes 48 bytes, but 52 follow the header/],
    ["a size beyond all files", header("(999999999, 999999999, 9)"), 4, /takes too many bytes, but 4 follow/],
  ])("a .npy file with %s", async (_what, text, bytes, message) => {
    await expect(openFeatureFile(npy(text, new Uint8Array(bytes)))).rejects.toThrow(message);
  });

  test("a .npy file that begins otherwise, ends early or claims a long header", async () => {
    const path = join(root, "begin.npy");
    writeFileSync(path, "RIFF....WAVEfmt ");
    await expect(openFeatureFile(path)).rejects.toThrow(/does not begin as a \.npy file does; save .* numpy\.save/);
    writeFileSync(path, "");
    await expect(openFeatureFile(path)).rejects.toThrow(/does not begin as a \.npy file does/);
    writeFileSync(path, Buffer.from("\x93NUMPY\x01\0\xff\xff{}", "latin1"));
    await expect(openFeatureFile(path)).rejects.toThrow(/claims a header of 65535 bytes, expected at most 10000/);
  });

  test("entries of another width, type or shape, and numbers that are not finite", async () => {
    const entry = { shape: [2, 3], values: numbers(6) };
    const widths = safetensors({ a: entry, b: { shape: [1, 4], values: numbers(4) } });
    await expect(openFeatureFile(widths)).rejects.toThrow(
      /entry "b" is F32 \(1, 4\), the entries before it have vectors of 3 numbers; make all features with one encoder/,
    );
    await expect(openFeatureFile(widths, { width: 4, by: "my-adapter" })).rejects.toThrow(
      /entry "a" is F32 \(2, 3\), and my-adapter takes vectors of 4 numbers; make the features with the encoder/,
    );
    await expect(openFeatureFile(safetensors({ a: { shape: [1, 2, 3], values: numbers(6) } }))).rejects.toThrow(
      /entry "a" is F32 \(1, 2, 3\), expected \(vectors, width\) or \(width\) of F32, F16 or BF16/,
    );
    await expect(openFeatureFile(safetensors({}))).rejects.toThrow(/holds no entries, expected one for each item/);
    const file = await openFeatureFile(safetensors({ a: { shape: [2], values: Float32Array.of(1, NaN) } }));
    await expect(readFeatures(file, "a")).rejects.toThrow(/entry "a" holds numbers that are not finite/);
    await expect(readFeatures(file, "b")).rejects.toThrow(/no entry is named "b"; it has 1: "a"/);
  });
});
