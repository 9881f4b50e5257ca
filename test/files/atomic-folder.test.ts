import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { checkOutputFolder, replaceFolder, writeFolderAtomically } from "../../src/files/atomic-folder.js";
import { testWithDisk, tinyDisk, withoutPrivileges } from "../helpers/hostile-disk.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const disk = tinyDisk(256);
let parent: string;
let out: string;
let count = 0;
beforeEach(() => {
  parent = join(root, String(count++));
  mkdirSync(parent);
  out = join(parent, "out");
});

const writeNew = async (folder: string): Promise<string> => {
  await writeFile(join(folder, "config.json"), "new");
  return "done";
};

function makeOld(): void {
  mkdirSync(out);
  writeFileSync(join(out, "config.json"), "old");
  writeFileSync(join(out, "extra.json"), "old");
}

describe("writeFolderAtomically", () => {
  test("makes the folder, with those on the way to it, and gives what the writer gave", async () => {
    const deep = join(out, "a", "b");
    expect(await writeFolderAtomically(deep, writeNew)).toBe("done");
    expect(readFileSync(join(deep, "config.json"), "utf8")).toBe("new");
    expect(readdirSync(join(out, "a"))).toEqual(["b"]);
  });

  test("the folder appears only when all is written, and has the permissions of any new folder", async () => {
    await writeFolderAtomically(out, async (folder) => {
      await writeNew(folder);
      mkdirSync(join(folder, "inner"));
      writeFileSync(join(folder, "inner", "file"), "x");
      expect(existsSync(out)).toBe(false);
    });
    expect(readdirSync(out).sort()).toEqual(["config.json", "inner"]);
    expect(statSync(out).mode).toBe(statSync(parent).mode);
  });

  test("takes the place of an empty folder", async () => {
    mkdirSync(out);
    await writeFolderAtomically(out, writeNew);
    expect(readdirSync(out)).toEqual(["config.json"]);
  });

  test("refuses a folder that is not empty, and a file, before anything is written", async () => {
    makeOld();
    const never = (): Promise<never> => Promise.reject(new Error("was called"));
    await expect(writeFolderAtomically(out, never)).rejects.toMatchObject({
      name: "InputError",
      message: `${out}: is not empty; choose another folder, or replace it with --force`,
    });
    const file = join(out, "config.json");
    await expect(writeFolderAtomically(file, never)).rejects.toThrow(`${file}: is a file or lies below one`);
    await expect(writeFolderAtomically(join(file, "x"), never)).rejects.toThrow("is a file or lies below one");
  });

  test("with force replaces the whole folder; the old one is there until then", async () => {
    makeOld();
    const write = async (folder: string): Promise<void> => {
      await writeNew(folder);
      expect(readFileSync(join(out, "config.json"), "utf8")).toBe("old");
    };
    await writeFolderAtomically(out, write, { force: true });
    expect(readdirSync(out)).toEqual(["config.json"]);
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe("new");
    expect(readdirSync(parent)).toEqual(["out"]);
  });

  test("with force replaces the folder behind a link, not the link", async () => {
    makeOld();
    const link = join(parent, "link");
    symlinkSync(out, link);
    await writeFolderAtomically(link, writeNew, { force: true });
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe("new");
    expect(readdirSync(parent).sort()).toEqual(["link", "out"]);
  });

  test("force does not delete a folder that holds folders: it is no earlier output", async () => {
    mkdirSync(join(out, "src"), { recursive: true });
    await expect(writeFolderAtomically(out, writeNew, { force: true })).rejects.toMatchObject({
      name: "InputError",
      message: `${out}: holds the folder "src", so it is no earlier output and --force does not replace it; remove it yourself`,
    });
    expect(readdirSync(parent)).toEqual(["out"]);
  });

  test("an error leaves what was there before and nothing else", async () => {
    const fail = async (folder: string): Promise<never> => {
      await writeNew(folder);
      throw new Error("broke");
    };
    await expect(writeFolderAtomically(join(out, "a", "b"), fail)).rejects.toThrow("broke");
    expect(readdirSync(parent)).toEqual([]);
    makeOld();
    await expect(writeFolderAtomically(out, fail, { force: true })).rejects.toThrow("broke");
    expect(readdirSync(parent)).toEqual(["out"]);
    expect(readFileSync(join(out, "extra.json"), "utf8")).toBe("old");
  });

  test("an interruption leaves what was there before and nothing else, however late it comes", async () => {
    makeOld();
    const controller = new AbortController();
    const write = async (folder: string): Promise<void> => {
      await writeNew(folder);
      controller.abort();
    };
    await expect(writeFolderAtomically(out, write, { force: true, signal: controller.signal })).rejects.toMatchObject({
      name: "InterruptedError",
    });
    expect(readdirSync(parent)).toEqual(["out"]);
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe("old");
  });

  test("too little disk space is said before anything is written", async () => {
    await expect(writeFolderAtomically(out, writeNew, { expectedBytes: 1e18 })).rejects.toMatchObject({
      name: "UnavailableError",
      message: expect.stringMatching(/has [\d.]+ MB free, 1000000000000\.0 MB are needed; free some space/) as unknown,
    });
    expect(readdirSync(parent)).toEqual([]);
  });

  test("a folder without write permission is one line with the way out", async () => {
    await chmod(root, 0o755);
    await chmod(parent, 0o555);
    const error = await withoutPrivileges(() => writeFolderAtomically(out, writeNew).catch((thrown: Error) => thrown));
    expect(error).toMatchObject({
      name: "UnavailableError",
      message: `${out}: cannot be written: permission denied; check the owner and mode of the file and its folders`,
    });
  });

  testWithDisk(disk)("a disk that fills up is one line, and nothing stays on it", async () => {
    const full = join(disk!, "out");
    const write = (folder: string): Promise<void> => writeFile(join(folder, "big"), new Uint8Array(2 ** 20));
    await expect(writeFolderAtomically(full, write)).rejects.toMatchObject({
      name: "UnavailableError",
      message: `${full}: cannot be written: the disk is full; free some space or choose another folder`,
    });
    expect(readdirSync(disk!)).toEqual([]);
  });
});

describe("checkOutputFolder", () => {
  test("says whether something would be replaced", async () => {
    expect(await checkOutputFolder(out, { force: false })).toBe(false);
    mkdirSync(out);
    expect(await checkOutputFolder(out, { force: false })).toBe(false);
    writeFileSync(join(out, "x"), "");
    expect(await checkOutputFolder(out, { force: true })).toBe(true);
  });

  test("refuses a folder that is or holds a source, by whatever path, and an empty name", async () => {
    makeOld();
    const link = join(parent, "link");
    symlinkSync(out, link);
    const elsewhere = join(parent, "elsewhere.json");
    writeFileSync(elsewhere, "");
    symlinkSync(elsewhere, join(out, "linked.json"));
    for (const source of [out, link, join(out, "extra.json"), join(out, "..", "out"), join(out, "linked.json")]) {
      await expect(checkOutputFolder(link, { force: true, sources: [undefined, source] })).rejects.toMatchObject({
        name: "InputError",
        message: `${link}: replacing it would delete ${source}, which the new folder is made of; choose another folder`,
      });
    }
    mkdirSync(`${out}put`);
    const sources = [parent, elsewhere, `${out}put`, join(parent, "missing"), "org/name"];
    expect(await checkOutputFolder(out, { force: true, sources })).toBe(true);
    await expect(checkOutputFolder("", {})).rejects.toThrow("the output folder has an empty name");
  });
});

describe("replaceFolder", () => {
  test("puts the old folder back when the new one cannot take its place", async () => {
    makeOld();
    await expect(replaceFolder(join(parent, "gone"), out)).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(parent)).toEqual(["out"]);
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe("old");
  });
});
