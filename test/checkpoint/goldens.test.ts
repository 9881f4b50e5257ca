import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { gatherRows } from "../../src/files/gather-rows.js";
import { readTensor } from "../../src/files/read-tensor.js";
import { isMaterialised, type TensorInfo } from "../../src/tensor/tensor-info.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const GOLDENS = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "checkpoints");
const SUFFIX = ".expected.json";

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: string;
}

const names = readdirSync(GOLDENS)
  .filter((name) => name.endsWith(SUFFIX))
  .map((name) => name.slice(0, -SUFFIX.length));

/** Files and folders as torch and safetensors write them; two more of them in the folder make a new test. */
describe("checkpoints of other programs", () => {
  test("are there", () => expect(names.length).toBeGreaterThanOrEqual(17));

  test.each(names)("%s opens with the same names, dtypes, shapes and bytes", async (name) => {
    const expected = JSON.parse(readFileSync(join(GOLDENS, name + SUFFIX), "utf8")) as Record<string, Expected>;
    const { tensors } = await openCheckpoint(join(GOLDENS, name));
    const found = await Promise.all(
      [...tensors.values()].map(async (tensor) => {
        const bytes = Buffer.from(await readTensor(tensor)).toString("hex");
        return [tensor.name, { dtype: tensor.dtype, shape: tensor.shape, bytes }] as const;
      }),
    );
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test("contiguous views of a torch archive stay in the file, the others are put in row-major order", async () => {
    const { tensors } = await openCheckpoint(join(GOLDENS, "views.bin"));
    const inMemory = [...tensors.values()].filter(isMaterialised).map(({ name }) => name);
    expect(inMemory).toEqual(["transposed", "columns", "every second", "permuted", "expanded"]);
    const [base, rows] = ["base", "rows"].map((name) => tensors.get(name) as TensorInfo);
    expect(rows!.byteOffset - base!.byteOffset).toBe(6 * 4);
  });

  test("rows of a transposed matrix are gathered like any others", async () => {
    const { tensors } = await openCheckpoint(join(GOLDENS, "views.bin"));
    const [base, transposed] = await Promise.all(["base", "transposed"].map((name) => readTensor(tensors.get(name)!)));
    for await (const { bytes } of gatherRows(tensors.get("transposed")!, [5, 0])) {
      const column = (index: number): number[] =>
        [0, 1, 2, 3].flatMap((row) => [...base!.subarray((row * 6 + index) * 4, (row * 6 + index + 1) * 4)]);
      expect([...bytes]).toEqual([...column(5), ...column(0)]);
      expect([...transposed!.subarray(5 * 16)]).toEqual(column(5));
    }
  });
});

/** What each refused file says, after its path. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "big-endian.pt": /: its byte order is "big", only little-endian archives are read; save it anew/,
  "complex128.pt": /names the Python object torch\.ComplexDoubleStorage, and only plain tensors in dicts are read/,
  "compressed.pt": /: member "bare-tensor\/byteorder" is compressed, but weights are read in place; save the file anew/,
  "conjugated.pt": /: holds a conjugated or negated view; save it with \.resolve_conj\(\)/,
  "foreign-global.bin": /names the Python object posix\.system, and only plain tensors .*save its state_dict\(\) anew/,
  "legacy.bin":
    /format from before version 1\.6; convert it with: python -c "import torch; torch\.save\(torch\.load\('/,
  "meta.pt": /names the Python object torch\._utils\._rebuild_meta_tensor_no_storage/,
  "missing-storage.pt": /: tensor "tensor" lies in data\/0, which the archive does not hold/,
  "no-pickle.pt": /: is a zip archive with 0 members NAME\/data\.pkl, so torch\.save did not write it/,
  "no-tensors.bin": /: holds no tensors/,
  "quantised.pt": /names the Python object torch\._utils\._rebuild_qtensor/,
  "short-storage.pt": /: tensor "tensor" lies in data\/0, which is 59 bytes, but its pickle says 60/,
  "sparse.pt": /names the Python object torch\._utils\._rebuild_sparse_tensor/,
  "torchscript.pt": /: is a TorchScript program; save the state_dict\(\) of the model instead/,
  "whole-module.pt": /names the Python object torch\.nn\.modules\.linear\.Linear/,
};

describe("checkpoints that are refused", () => {
  test("each has its message here", () => {
    expect(readdirSync(join(GOLDENS, "refused")).sort()).toEqual(Object.keys(REFUSED));
  });

  test.each(Object.keys(REFUSED))("%s, in one line that names the file", async (name) => {
    const path = join(GOLDENS, "refused", name);
    const error = await openCheckpoint(path).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ name: "InputError", message: expect.stringMatching(REFUSED[name]!) as unknown });
    expect(error!.message.startsWith(path)).toBe(true);
    expect(error!.message).not.toContain("\n");
  });
});

describe("damaged checkpoints", () => {
  const folder = temporaryFolder();

  /** Opens the bytes and reads every tensor; gives the error, which must be one line about the file. */
  async function open(bytes: Uint8Array, name: string): Promise<Error | undefined> {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    try {
      for (const tensor of (await openCheckpoint(path)).tensors.values()) await readTensor(tensor);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  const isClear = (error: Error | undefined, name: string): boolean =>
    error === undefined ||
    (error.name === "InputError" && error.message.startsWith(join(folder, name)) && !error.message.includes("\n"));

  test.each(["bare-tensor.pt", "every-dtype.safetensors", "keys.gguf"])(
    "%s with a byte changed opens or says why not",
    async (name) => {
      const golden = readFileSync(join(GOLDENS, name));
      const unclear: string[] = [];
      for (let at = 0; at < golden.length; at += 3) {
        const bytes = Buffer.from(golden);
        bytes[at]! ^= 0xff;
        const error = await open(bytes, name);
        if (!isClear(error, name)) unclear.push(`byte ${at}: ${String(error)}`);
      }
      expect(unclear).toEqual([]);
    },
  );

  test.each(["bare-tensor.pt", "every-dtype.safetensors", "every-type.gguf"])(
    "%s cut off anywhere says so",
    async (name) => {
      const golden = readFileSync(join(GOLDENS, name));
      for (let length = 0; length < golden.length; length += 17) {
        const error = await open(golden.subarray(0, length), name);
        expect([length, error === undefined, isClear(error, name)]).toEqual([length, false, true]);
      }
    },
  );

  test("a ZIP64 record beyond the largest offset is an error like any other", async () => {
    const bytes = readFileSync(join(GOLDENS, "bare-tensor.pt"));
    const locator = bytes.lastIndexOf("PK\x06\x07");
    bytes.writeBigUInt64LE(2n ** 60n, locator + 8);
    expect((await open(bytes, "far.pt"))?.message).toMatch(
      /: is not a sound zip archive: it points to byte 1152\d+, but/,
    );
  });
});
