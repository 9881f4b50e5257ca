import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import {
  ggufBytes,
  numberValue,
  text,
  textValue,
  u32,
  u64,
  type RawFile,
  type RawTensor,
  type RawValue,
} from "../../helpers/gguf-bytes.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const folder = temporaryFolder();
const HUGE = 2n ** 60n;

const tensor = (fields: Partial<RawTensor> = {}): RawTensor => ({
  ...{ name: "t", sizes: [8], type: 0, offset: 0, ...fields },
});
const list = (type: number, count: number | bigint, items: Uint8Array = Buffer.alloc(0)): RawValue => ({
  type: 9,
  bytes: Buffer.concat([u32(type), u64(count), items]),
});
const keyed = (value: RawValue): RawFile => ({ keys: [["k", value]] });
const placed = (...tensors: RawTensor[]): RawFile => ({ tensors, data: Buffer.alloc(96) });

/** What is wrong with a file, and what is said of it after its path. */
const CASES: readonly (readonly [string, RawFile, RegExp])[] = [
  ["another format", { magic: "GGML" }, /: does not begin with "GGUF"; this is not a GGUF file/],
  ["version 1", { version: 1 }, /: has version 1 of the format, expected 2 or 3; convert the model anew/],
  ["version 4", { version: 4 }, /: has version 4 .* newer than this program/],
  [
    "a big-endian file",
    { version: 0x03000000 },
    /written for a big-endian machine; convert it with: gguf-convert-endian/,
  ],
  ["2^60 tensors", { tensorCount: HUGE }, /: the number of tensors is 1152921504606846976, at most 2\^53 - 1/],
  ["2^60 keys", { keyCount: HUGE }, /: the number of keys is 1152/],
  [
    "more keys than there are",
    { keyCount: 5 },
    /: the value of "" would end at byte .*; the file is truncated or damaged/,
  ],
  ["more tensors than there are", { tensorCount: 5 }, /: tensor "" would end at byte/],
  ["a string of 2^60", keyed({ type: 8, bytes: u64(HUGE) }), /: the length of the value of "k" is 1152/],
  ["a string beyond the file", keyed({ type: 8, bytes: u64(2 ** 40) }), /: the value of "k" would end at byte 1099511/],
  [
    "a string that is no UTF-8",
    keyed({ type: 8, bytes: Buffer.concat([u64(2), Buffer.from([0xc3, 0x28])]) }),
    /: the value of "k" is no UTF-8/,
  ],
  ["a list of 2^60 strings", keyed(list(8, HUGE)), /: the length of the value of "k" is 1152/],
  [
    "a list of more strings than the file holds",
    keyed(list(8, 2 ** 50)),
    /: the length of the value of "k" would end at/,
  ],
  ["a list of more numbers than the file holds", keyed(list(6, 2 ** 50)), /: the value of "k" would end at byte/],
  ["a list of lists", keyed(list(9, 1, Buffer.concat([u32(9), u64(1)]))), /: the value of "k" is a list of lists/],
  ["an unknown type", keyed({ type: 13, bytes: u64(0) }), /: the value of "k" has type 13, the format knows 0 to 12/],
  ["a list of an unknown type", keyed(list(99, 1, u64(0))), /: the value of "k" has type 99/],
  [
    "a key twice",
    {
      keys: [
        ["k", numberValue(1)],
        ["k", textValue("")],
      ],
    },
    /: the key "k" comes twice/,
  ],
  [
    "an alignment of 0",
    { keys: [["general.alignment", numberValue(0)]] },
    /: general.alignment is 0, expected a power of two/,
  ],
  ["an alignment of 48", { keys: [["general.alignment", numberValue(48)]] }, /: general.alignment is 48/],
  [
    "an alignment of 2^31",
    { keys: [["general.alignment", numberValue(2 ** 31)]] },
    /: general.alignment is 2147483648/,
  ],
  [
    "an alignment that is a text",
    { keys: [["general.alignment", textValue("32")]] },
    /: general.alignment is no number/,
  ],
  ["a tensor twice", placed(tensor(), tensor({ offset: 32 })), /: tensor "t" comes twice/],
  ["5 dimensions", placed(tensor({ sizes: [1, 1, 1, 1, 1] })), /: tensor "t" has 5 dimensions, at most 4/],
  ["a size of 0", placed(tensor({ sizes: [0] })), /: tensor "t" has shape \(0\), expected positive sizes/],
  [
    "sizes whose product passes 2^53",
    placed(tensor({ sizes: [2 ** 30, 2 ** 30] })),
    /: tensor "t" has shape \(1073741824, 1073741824\)/,
  ],
  ["a size of 2^60", placed(tensor({ sizes: [HUGE] })), /: a size of tensor "t" is 1152/],
  [
    "rows that are no whole blocks",
    placed(tensor({ sizes: [48, 2], type: 2 })),
    /: tensor "t" has shape \(2, 48\).* whole blocks of 32/,
  ],
  [
    "a type that is not read",
    placed(tensor({ sizes: [256], type: 23 })),
    /: tensor "t" is stored as IQ4_XS, which is not read here; take a file of F32, F16, BF16, Q4_0,.*Q6_K/,
  ],
  ["a type that nobody knows", placed(tensor({ type: 77 })), /: tensor "t" is stored as number 77/],
  [
    "a tensor beyond the file",
    placed(tensor({ sizes: [32] })),
    /: tensor "t" ends at byte 192, the file has 160; the file is truncated/,
  ],
  ["an offset of 2^60", placed(tensor({ offset: HUGE })), /: the offset of tensor "t" is 1152/],
  ["an offset beyond the file", placed(tensor({ offset: 2 ** 40 })), /: tensor "t" ends at byte 1099511/],
  [
    "an offset that is not aligned",
    placed(tensor({ offset: 4 })),
    /: tensor "t" begins at byte 68, expected a multiple of 32 behind 64/,
  ],
  [
    "tensors that overlap",
    placed(tensor({ sizes: [16] }), tensor({ name: "u", offset: 32 })),
    /: tensor "u" begins at byte 128, inside the tensor that ends at 160/,
  ],
  [
    "a name of a split alone",
    { keys: [["split.count", numberValue(3)]] },
    /: says that it is no part of a model, its name does not say so; keep the names/,
  ],
];

async function failure(bytes: Uint8Array, name = "file.gguf"): Promise<Error | undefined> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return openCheckpoint(path).then(
    () => undefined,
    (error: Error) => error,
  );
}

describe("GGUF files that break the format", () => {
  test.each(CASES)("%s: one line that names the file", async (_, file, message) => {
    const error = await failure(ggufBytes(file));
    expect(error).toMatchObject({ name: "InputError", message: expect.stringMatching(message) as unknown });
    expect(error!.message.startsWith(join(folder, "file.gguf"))).toBe(true);
    expect(error!.message).not.toContain("\n");
  });

  test("2^31 dimensions are refused before any is read", async () => {
    const bytes = ggufBytes(placed(tensor()));
    const at = bytes.indexOf(text("t")) + 9;
    u32(2 ** 31).copy(bytes, at);
    expect((await failure(bytes))?.message).toMatch(/has 2147483648 dimensions, at most 4/);
  });

  test("a header that goes on for more than is read", async () => {
    const path = join(folder, "long.gguf");
    const start = ggufBytes({ keys: [["k", list(0, 300 * 2 ** 20)]] });
    writeFileSync(path, start);
    truncateSync(path, 400 * 2 ** 20); // A sparse file: it takes no room.
    await expect(openCheckpoint(path)).rejects.toThrow(
      /: has a header of more than 268435456 bytes; the file is damaged/,
    );
  });

  test("parts of two models", async () => {
    const part = (number: number, count: number): Buffer =>
      ggufBytes({
        keys: [
          ["split.no", { type: 2, bytes: Buffer.from([number, 0]) }],
          ["split.count", numberValue(count)],
        ],
      });
    writeFileSync(join(folder, "m-00002-of-00002.gguf"), part(2, 3));
    expect((await failure(part(0, 2), "m-00001-of-00002.gguf"))?.message).toMatch(
      /m-00002-of-00002\.gguf: says that it is part 3 of 3 of a model, its name says 2 of 2/,
    );
  });

  test("a part that is missing", async () => {
    expect((await failure(ggufBytes({}), "n-00001-of-00002.gguf"))?.message).toMatch(
      /the shard n-00002-of-00002\.gguf is missing/,
    );
  });
});
