import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { makeFolder } from "../../src/files/make-folder.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const file = join(root, "answers.jsonl");
writeFileSync(file, "");

test("makes a folder with those above it, and leaves one that is there", async () => {
  const folder = join(root, "a", "b");
  await makeFolder(folder);
  await makeFolder(folder);
  expect(existsSync(folder)).toBe(true);
});

test.each([
  ["a file", file],
  ["a path below a file", join(file, "out")],
])("%s is refused in one line that says what was expected", async (_, path) => {
  const made = makeFolder(path);
  await expect(made).rejects.toThrow(`${path}: is a file or lies below one, expected a folder; choose another`);
  await expect(made).rejects.toBeInstanceOf(InputError);
});
