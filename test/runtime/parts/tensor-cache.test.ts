import { mkdirSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { readSafetensors } from "../../../src/checkpoint/safetensors/read.js";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.js";
import { InterruptedError, UnavailableError } from "../../../src/errors.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { cachedTensors } from "../../../src/runtime/parts/tensor-cache.js";
import { safetensorsBytes } from "../../helpers/make-folders.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
let cacheFolder = "";
let made = 0;
let runs = 0;
let notes: string[] = [];
beforeEach(() => {
  cacheFolder = join(root, `cache-${++runs}`);
  made = 0;
  notes = [];
});

/** Keeps one tensor, counting how often it is made. */
async function keep(values: readonly number[] = [1, 2, 3, 4]): Promise<Buffer> {
  const make = () => {
    made++;
    const data = new Uint8Array(Float32Array.from(values).buffer);
    return Promise.resolve([{ name: "sum", dtype: "F32" as const, shape: [values.length], data }]);
  };
  const tensors = await cachedTensors(
    { recipe: "test-1", what: "numbers", sources: [], make },
    { cacheFolder, onNote },
  );
  return Buffer.from(await readTensor(tensors.get("sum")!));
}

const onNote = (note: string): void => void notes.push(note);

/** The one file of the cache. */
function keptFile(): string {
  const names = readdirSync(cacheFolder);
  expect(names).toHaveLength(1);
  return join(cacheFolder, names[0]!);
}

function rewrite(change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(keptFile());
  change(bytes);
  writeFileSync(keptFile(), bytes);
}

const others = (name: string): Uint8Array =>
  safetensorsBytes({ [name]: { dtype: "F32", shape: [2], values: Float32Array.of(1, 2) } });

describe("cachedTensors", () => {
  test("makes its tensors once", async () => {
    const first = await keep();
    expect(await keep()).toEqual(first);
    expect(made).toBe(1);
    expect(notes).toEqual([`numbers: worked out, and kept in ${keptFile()} (0.0 MB)`]);
  });

  test.each([
    ["cut off in its data", () => truncateSync(keptFile(), readFileSync(keptFile()).length - 3)],
    ["cut off in its header", () => truncateSync(keptFile(), 20)],
    ["empty", () => truncateSync(keptFile(), 0)],
    ["of other tensors", () => writeFileSync(keptFile(), others("other"))],
    ["of another shape", () => writeFileSync(keptFile(), others("sum"))],
    ["whole but for one bit of its data", () => rewrite((bytes) => (bytes[bytes.length - 6]! ^= 1))],
    ["whole but for the end of its data, which is zero", () => rewrite((bytes) => bytes.fill(0, bytes.length - 8))],
  ])("makes a file again that is %s", async (_what, damage) => {
    const first = await keep();
    const whole = readFileSync(keptFile());
    damage();
    expect(await keep()).toEqual(first);
    expect(made).toBe(2);
    expect(readFileSync(keptFile())).toEqual(whole);
    const kept = `numbers: worked out, and kept in ${keptFile()} (0.0 MB)`;
    expect(notes).toEqual([kept, `${keptFile()}: is damaged, or not what was written there; it is made anew`, kept]);
  });

  test("makes a file without a checksum again and calls it no damage: version 0.1.0 wrote none", async () => {
    await keep();
    const whole = readFileSync(keptFile());
    const { tensors, metadata } = await readSafetensors(keptFile());
    const { made: recipe, holds } = metadata as { made: string; holds: string };
    const data = await readTensor(tensors[0]!);
    await writeSafetensors(keptFile(), [{ ...tensors[0]!, data }], { metadata: { format: "pt", made: recipe, holds } });
    await keep();
    expect([made, notes.filter((note) => note.includes("damaged"))]).toEqual([2, []]);
    expect(readFileSync(keptFile())).toEqual(whole);
  });

  test("is interrupted while a file is compared with its checksum", async () => {
    await keep();
    const make = () => Promise.reject(new Error("made again"));
    const signal = AbortSignal.abort();
    const asked = cachedTensors({ recipe: "test-1", what: "numbers", sources: [], make }, { cacheFolder, signal });
    await expect(asked).rejects.toThrow(InterruptedError);
  });

  test("makes a file again that was made of something else", async () => {
    await cachedTensors(
      { recipe: "test-0", what: "numbers", sources: [], make: () => Promise.resolve([]) },
      { cacheFolder },
    );
    const other = keptFile();
    renameSync(other, other.replace("test-0", "test-1"));
    await keep();
    expect(made).toBe(1);
    await keep();
    expect(made).toBe(1);
  });

  test("says how to choose another folder when this one cannot be used", async () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "file"), "");
    cacheFolder = join(root, "file", "cache");
    const keeping = keep();
    await expect(keeping).rejects.toThrow(UnavailableError);
    await expect(keeping).rejects.toThrow(
      /file\/cache: is a file or lies below one, .*; another cache folder can be named: LANGBRIDGE_CACHE_DIR for the command, cacheFolder in the library$/,
    );
    expect(made).toBe(0);
  });

  test("leaves errors about what it is made of as they are", async () => {
    const error = new Error("the source is damaged");
    const make = () => Promise.reject(error);
    await expect(cachedTensors({ recipe: "test-1", what: "numbers", sources: [], make }, { cacheFolder })).rejects.toBe(
      error,
    );
  });
});
