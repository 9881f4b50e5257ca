import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { MAX_HEADER_BYTES, readSafetensors } from "../../../src/checkpoint/safetensors/read.js";
import { DTYPE_BITS } from "../../../src/tensor/dtype.js";
import { safetensorsBytes } from "../../helpers/safetensors-bytes.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const folder = temporaryFolder();

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const tensor = (dtype: string, shape: unknown, ...data_offsets: unknown[]): object => ({ dtype, shape, data_offsets });

describe("readSafetensors", () => {
  test("gives name, dtype, shape and place of every tensor, in the order of the header", async () => {
    const header = {
      b: tensor("F32", [2, 1], 4, 12),
      __metadata__: { format: "pt", "0": "zero" },
      a: tensor("BF16", [2], 0, 4),
      "": tensor("F64", [], 12, 20),
      empty: tensor("F16", [3, 0], 4, 4),
    };
    const bytes = safetensorsBytes(header, new Uint8Array(20));
    const file = write("good.safetensors", bytes);
    const start = bytes.length - 20;
    expect(await readSafetensors(file)).toEqual({
      metadata: { format: "pt", "0": "zero" },
      tensors: [
        { name: "b", dtype: "F32", shape: [2, 1], file, byteOffset: start + 4, byteLength: 8 },
        { name: "a", dtype: "BF16", shape: [2], file, byteOffset: start, byteLength: 4 },
        { name: "", dtype: "F64", shape: [], file, byteOffset: start + 12, byteLength: 8 },
        { name: "empty", dtype: "F16", shape: [3, 0], file, byteOffset: start + 4, byteLength: 0 },
      ],
    });
  });

  test("knows every dtype of the format, two of F4 to a byte and four of F6 to three bytes", async () => {
    let end = 0;
    const entries = Object.entries(DTYPE_BITS).map(([dtype, bits]) => {
      const begin = end;
      end += (bits * 4) / 8;
      return [dtype, tensor(dtype, [2, 2], begin, end)] as const;
    });
    const file = write("dtypes.safetensors", safetensorsBytes(Object.fromEntries(entries), new Uint8Array(end)));
    const { tensors } = await readSafetensors(file);
    expect(tensors.map(({ dtype, byteLength }) => [dtype, byteLength])).toEqual(
      Object.entries(DTYPE_BITS).map(([dtype, bits]) => [dtype, bits / 2]),
    );
    expect(tensors.find(({ dtype }) => dtype === "F4")!.byteLength).toBe(2);
    expect(tensors.find(({ dtype }) => dtype === "F6_E2M3")!.byteLength).toBe(3);
  });

  test("white space after the header's JSON and a file without tensors are allowed", async () => {
    const file = write("empty.safetensors", safetensorsBytes('{"__metadata__":{}}     '));
    expect(await readSafetensors(file)).toEqual({ metadata: {}, tensors: [] });
  });

  test("a tensor called __proto__ or constructor is an ordinary one", async () => {
    const header = `{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"__metadata__":{"__proto__":"x"}}`;
    const { tensors, metadata } = await readSafetensors(
      write("proto.safetensors", safetensorsBytes(header, new Uint8Array(1))),
    );
    expect(tensors.map(({ name }) => name)).toEqual(["__proto__"]);
    expect(Object.entries(metadata)).toEqual([["__proto__", "x"]]);
  });
});

const headerLength = (length: bigint, rest: string): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(length);
  return Buffer.concat([bytes, Buffer.from(rest)]);
};

const data = (length: number): Uint8Array => new Uint8Array(length);

/** In the order in which the reader meets them; each breaks one rule of the format. */
const HOSTILE: readonly (readonly [title: string, bytes: Uint8Array, message: string])[] = [
  ["an empty file", data(0), "is 0 bytes, but a safetensors file starts with an 8-byte header length"],
  ["a file shorter than the header length", data(7), "is 7 bytes, but a safetensors file starts with"],
  [
    "a header length over the limit",
    headerLength(BigInt(MAX_HEADER_BYTES) + 1n, "{}"),
    "claims a header of 100000001 bytes, at most 100000000",
  ],
  ["a header length of 2^64 - 1", headerLength(2n ** 64n - 1n, "{}"), "claims a header of 18446744073709551615 bytes"],
  ["a header length beyond the file", headerLength(3n, "{}"), "claims a header of 3 bytes, but the file has 10 in all"],
  ["a header of no bytes", headerLength(0n, ""), 'does not start with "{"'],
  ["a header that starts with a space", safetensorsBytes(" {}"), 'does not start with "{"'],
  ["a header that starts with a byte order mark", safetensorsBytes("\ufeff{}"), 'does not start with "{"'],
  ["a header that is a list", safetensorsBytes("[]"), 'does not start with "{"'],
  [
    "bytes that are not UTF-8",
    Buffer.concat([headerLength(4n, "{"), Buffer.from([0xff, 0xfe, 0x7d])]),
    "header is not UTF-8 text",
  ],
  ["broken JSON", safetensorsBytes('{"a":}'), "header: is not valid JSON"],
  ["zero bytes after the JSON", safetensorsBytes("{}\0\0"), "header: is not valid JSON"],
  [
    "the same tensor twice",
    safetensorsBytes(
      `{"a":${JSON.stringify(tensor("U8", [1], 0, 1))},"a":${JSON.stringify(tensor("U8", [1], 1, 2))}}`,
      data(2),
    ),
    'the key "a" stands twice',
  ],
  [
    "the same field twice",
    safetensorsBytes('{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}', data(1)),
    'the key "shape" stands twice',
  ],
  ["metadata that is a list", safetensorsBytes({ __metadata__: [] }), "__metadata__ is not an object of strings"],
  ["metadata with a number", safetensorsBytes({ __metadata__: { a: 1 } }), "__metadata__ is not an object of strings"],
  ["a tensor that is no object", safetensorsBytes({ a: [] }), 'tensor "a" is not described by an object'],
  [
    "an unknown dtype",
    safetensorsBytes({ a: tensor("F12", [1], 0, 1) }, data(1)),
    'tensor "a" has dtype "F12", expected one of BOOL',
  ],
  [
    "a dtype that is a property of every object",
    safetensorsBytes({ a: tensor("constructor", [1], 0, 1) }, data(1)),
    'has dtype "constructor"',
  ],
  ["no dtype", safetensorsBytes({ a: { shape: [1], data_offsets: [0, 1] } }, data(1)), 'tensor "a" has dtype none'],
  ["no shape", safetensorsBytes({ a: { dtype: "U8", data_offsets: [0, 1] } }, data(1)), 'tensor "a" has no list shape'],
  [
    "a negative size",
    safetensorsBytes({ a: tensor("U8", [-1, -1], 0, 1) }, data(1)),
    "has -1 in shape, expected whole numbers",
  ],
  ["a fractional size", safetensorsBytes({ a: tensor("U8", [1.5], 0, 1) }, data(1)), "has 1.5 in shape"],
  ["a size that is text", safetensorsBytes({ a: tensor("U8", ["1"], 0, 1) }, data(1)), 'has "1" in shape'],
  [
    "a size over 2^53",
    safetensorsBytes('{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,1]}}', data(1)),
    "in shape, expected whole numbers from 0 to 2^53 - 1",
  ],
  ["one offset", safetensorsBytes({ a: tensor("U8", [1], 0) }, data(1)), "data_offsets that are not a pair"],
  ["three offsets", safetensorsBytes({ a: tensor("U8", [1], 0, 1, 1) }, data(1)), "data_offsets that are not a pair"],
  [
    "an end before its begin",
    safetensorsBytes({ a: tensor("U8", [1], 1, 0) }, data(1)),
    "data_offsets that are not a pair [begin, end] with begin <= end",
  ],
  [
    "a product that overflows",
    safetensorsBytes({ a: tensor("U8", [2 ** 40, 2 ** 40], 0, 1) }, data(1)),
    "no whole number of bytes below 2^53",
  ],
  [
    "an overflow hidden by a zero",
    safetensorsBytes({ a: tensor("U8", [2 ** 40, 2 ** 40, 0], 0, 0) }),
    "no whole number of bytes below 2^53",
  ],
  [
    "three F4 elements",
    safetensorsBytes({ a: tensor("F4", [3], 0, 2) }, data(2)),
    "shape (3) of F4, which is no whole number of bytes",
  ],
  [
    "a shape longer than its bytes",
    safetensorsBytes({ a: tensor("F32", [2, 2], 0, 12) }, data(12)),
    "shape (2, 2) of F32, which takes 16 bytes, but data_offsets span 12",
  ],
  [
    "a shape shorter than its bytes",
    safetensorsBytes({ a: tensor("F32", [1], 0, 8) }, data(8)),
    "takes 4 bytes, but data_offsets span 8",
  ],
  [
    "overlapping tensors",
    safetensorsBytes({ a: tensor("U8", [2], 0, 2), b: tensor("U8", [2], 1, 3) }, data(3)),
    'tensor "b" starts at byte 1, inside the tensor that ends at 2',
  ],
  [
    "two tensors over the same bytes",
    safetensorsBytes({ a: tensor("U8", [2], 0, 2), b: tensor("U8", [2], 0, 2) }, data(2)),
    'tensor "b" starts at byte 0, inside the tensor that ends at 2',
  ],
  [
    "a hole before the first tensor",
    safetensorsBytes({ a: tensor("U8", [1], 1, 2) }, data(2)),
    'tensor "a" starts at byte 1, leaving a hole after byte 0',
  ],
  [
    "a hole between tensors",
    safetensorsBytes({ b: tensor("U8", [1], 2, 3), a: tensor("U8", [1], 0, 1) }, data(3)),
    'tensor "b" starts at byte 2, leaving a hole after byte 1',
  ],
  [
    "offsets beyond the file",
    safetensorsBytes({ a: tensor("U8", [2], 0, 2) }, data(1)),
    'tensor "a" ends at byte 2, but only 1 bytes of data follow the header; the file is truncated',
  ],
  [
    "bytes after the last tensor",
    safetensorsBytes({ a: tensor("U8", [1], 0, 1) }, data(3)),
    "the tensors end at byte 1, but 3 bytes of data follow the header",
  ],
];

describe("readSafetensors refuses", () => {
  test.each(HOSTILE)("%s", async (_title, bytes, message) => {
    const path = write("hostile.safetensors", bytes);
    const error = await readSafetensors(path).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.name).toBe("InputError");
    expect(error?.message).toContain(message);
    expect(error?.message.startsWith(`${path}: `)).toBe(true);
    expect(error?.message).not.toContain("\n");
  });
});
