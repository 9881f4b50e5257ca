import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import type { MetadataValue } from "../../../src/checkpoint/gguf/metadata.js";

const GOLDENS = join(import.meta.dirname, "..", "..", "goldens", "checkpoints");

/** As gguf-py gives them: flags in lists are true and false there, and numbers here. */
const plain = (value: MetadataValue): unknown => {
  if (typeof value === "function") return value();
  return typeof value === "object" ? Array.from(value) : value;
};

test("the keys of a file are those that gguf-py reads", async () => {
  const path = join(GOLDENS, "keys.gguf");
  const { files } = await openCheckpoint(path);
  const expected = JSON.parse(readFileSync(`${path}.keys.json`, "utf8")) as Record<string, unknown>;
  const found = [...files.get(path)!.gguf!.metadata].map(([key, value]) => [key, plain(value)] as const);
  expect(Object.fromEntries(found)).toEqual({ ...expected, flags: [1, 0] });
});

test("any part of a split model opens all of it", async () => {
  const names = await Promise.all(
    [1, 2, 3].map(async (part) => {
      const { tensors, files } = await openCheckpoint(join(GOLDENS, `split-0000${part}-of-00003.gguf`));
      return [files.size, ...tensors.keys()];
    }),
  );
  expect(names).toEqual([1, 2, 3].map(() => [3, "t0", "t1", "t2", "t3", "t4"]));
});
