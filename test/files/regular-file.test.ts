import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { sha256OfFile } from "../../src/files/hash.js";
import { readJsonFile, readTextFile } from "../../src/files/json-file.js";
import { forEachLine } from "../../src/files/lines.js";
import { withFile } from "../../src/files/positioned-file.js";
import { decodeImage } from "../../src/image/decode.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const at = (name: string): string => join(root, name);
const server = createServer();

beforeAll(async () => {
  execFileSync("mkfifo", [at("pipe.bin")]);
  symlinkSync(at("pipe.bin"), at("link-to-pipe.bin"));
  symlinkSync("/dev/zero", at("endless.bin"));
  mkdirSync(at("folder.bin"));
  await new Promise<void>((resolve) => server.listen(at("socket.bin"), resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** Every way in which this tool reads a file. */
const READERS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "text file": readTextFile,
  "JSON file": readJsonFile,
  lines: (path) => forEachLine(path, () => undefined),
  hash: (path) => sha256OfFile(path),
  positions: (path) => withFile(path, (file) => file.read(0, 1)),
  image: (path) => decodeImage(path),
};

const SPECIAL = [
  ["pipe.bin", "a pipe"],
  ["link-to-pipe.bin", "a pipe"],
  ["endless.bin", "a device"],
  ["folder.bin", "a folder"],
  ["socket.bin", "a socket"],
] as const;

describe.each(Object.entries(READERS))("%s", (_, read) => {
  test.each(SPECIAL)("%s is refused at once: %s", async (name, kind) => {
    await expect(read(at(name))).rejects.toMatchObject({
      name: "InputError",
      message: expect.stringContaining(`${name}: is not a regular file but ${kind}`) as unknown,
    });
  });

  test("a name that no path can have is one line", async () => {
    await expect(read(at("a\0b"))).rejects.toMatchObject({
      name: "InputError",
      message: expect.stringMatching(/a␀b: cannot be \w+: no path can hold the character U\+0000$/) as unknown,
    });
  });
});

test("a weight file that is a pipe does not wait for its writer", async () => {
  for (const name of ["pipe.bin", "endless.bin", "socket.bin"]) {
    await expect(openCheckpoint(at(name))).rejects.toThrow("is not a regular file");
  }
});

test("a file that only claims to be huge takes no memory", async () => {
  writeFileSync(at("huge"), "");
  truncateSync(at("huge"), 2 ** 43);
  await expect(readTextFile(at("huge"))).rejects.toThrow(`is ${2 ** 43} bytes, at most`);
  await expect(forEachLine(at("huge"), () => undefined)).rejects.toThrow("line 1 is longer than");
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await expect(sha256OfFile(at("huge"), { signal: controller.signal })).rejects.toThrow("interrupted");
});
