import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { writeFileAtomically } from "../../src/files/file-writer.js";
import { testWithDisk, tinyDisk, withoutPrivileges } from "../helpers/hostile-disk.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const disk = tinyDisk(256);
let folder: string;
let path: string;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
  path = join(folder, "out.bin");
});

describe("writeFileAtomically", () => {
  test("writes what was appended, and gives its length", async () => {
    const written = await writeFileAtomically(path, async (writer) => {
      expect(writer.position).toBe(0);
      await writer.append(Buffer.from("ab"));
      await writer.append(new Uint8Array());
      await writer.append(Buffer.from("c"));
      expect(writer.position).toBe(3);
    });
    expect(readFileSync(path, "utf8")).toBe("abc");
    expect(written).toEqual({ path, byteLength: 3 });
    expect(readdirSync(folder)).toEqual(["out.bin"]);
  });

  test("the old file stays until the new one is complete", async () => {
    writeFileSync(path, "old");
    await writeFileAtomically(path, async (writer) => {
      await writer.append(Buffer.from("new"));
      expect(readFileSync(path, "utf8")).toBe("old");
    });
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("the new file has the permissions of any new file", async () => {
    await writeFileAtomically(path, (writer) => writer.append(Buffer.from("x")));
    writeFileSync(join(folder, "plain"), "x");
    expect(statSync(path).mode).toBe(statSync(join(folder, "plain")).mode);
  });

  test("an error leaves the old file and nothing else", async () => {
    writeFileSync(path, "old");
    const failing = writeFileAtomically(path, async (writer) => {
      await writer.append(Buffer.from("half"));
      throw new Error("no more");
    });
    await expect(failing).rejects.toThrow("no more");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["out.bin"]);
  });

  test.each(["before", "after"])("a signal that fires %s the last append leaves nothing", async (moment) => {
    const controller = new AbortController();
    const writing = writeFileAtomically(
      path,
      async (writer) => {
        if (moment === "before") controller.abort();
        await writer.append(Buffer.from("x"));
        controller.abort();
      },
      { signal: controller.signal },
    );
    await expect(writing).rejects.toMatchObject({ name: "InterruptedError" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a folder without write permission is one line with the way out", async () => {
    await chmod(root, 0o755);
    await chmod(folder, 0o555);
    const error = await withoutPrivileges(() =>
      writeFileAtomically(path, (writer) => writer.append(Buffer.from("x"))).catch((thrown: Error) => thrown),
    );
    expect(error).toMatchObject({
      name: "UnavailableError",
      message: `${path}: cannot be written: permission denied; check the owner and mode of the file and its folders`,
    });
  });

  test("an absent folder is an input error", async () => {
    const nowhere = join(folder, "none", "out.bin");
    await expect(writeFileAtomically(nowhere, () => Promise.resolve())).rejects.toMatchObject({
      name: "InputError",
      message: `${nowhere}: cannot be written: no such file or folder`,
    });
  });

  testWithDisk(disk)("a full disk is one line, and its space is free again", async () => {
    const full = join(disk!, "out.bin");
    const fill = writeFileAtomically(full, async (writer) => {
      for (let i = 0; i < 64; i++) await writer.append(new Uint8Array(65_536));
    });
    await expect(fill).rejects.toMatchObject({
      name: "UnavailableError",
      message: `${full}: cannot be written: the disk is full; free some space or choose another folder`,
    });
    expect(readdirSync(disk!)).toEqual([]);
    await writeFileAtomically(full, (writer) => writer.append(new Uint8Array(65_536)));
  });
});
