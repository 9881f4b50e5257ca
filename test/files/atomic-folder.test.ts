import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { checkOutputFolder, replaceFolder, writeFolderAtomically } from "../../src/files/atomic-folder.js";
import { RECORD_FILE } from "../../src/files/output-record.js";
import { temporaryNames } from "../../src/files/temporary-sibling.js";
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

/** An earlier output, as this tool leaves one. */
async function makeOld(): Promise<void> {
  await writeFolderAtomically(out, async (folder) => {
    mkdirSync(join(folder, "inner"));
    for (const name of ["config.json", "extra.json", "inner/model.onnx"]) await writeFile(join(folder, name), "old");
  });
}

/** What is in a folder, but for the hidden record of it. */
const list = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name !== RECORD_FILE)
    .sort();

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
    expect(list(out)).toEqual(["config.json", "inner"]);
    expect(statSync(out).mode).toBe(statSync(parent).mode);
  });

  test("takes the place of an empty folder", async () => {
    mkdirSync(out);
    await writeFolderAtomically(out, writeNew);
    expect(list(out)).toEqual(["config.json"]);
  });

  test("refuses a folder that is not empty, and a file, before anything is written", async () => {
    await makeOld();
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
    await makeOld();
    const write = async (folder: string): Promise<void> => {
      await writeNew(folder);
      expect(readFileSync(join(out, "config.json"), "utf8")).toBe("old");
    };
    await writeFolderAtomically(out, write, { force: true });
    expect(list(out)).toEqual(["config.json"]);
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe("new");
    expect(readdirSync(parent)).toEqual(["out"]);
  });

  test("with force replaces the folder behind a link, not the link", async () => {
    await makeOld();
    const link = join(parent, "link");
    symlinkSync(out, link);
    await writeFolderAtomically(link, writeNew, { force: true });
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe("new");
    expect(readdirSync(parent).sort()).toEqual(["link", "out"]);
  });

  test.each<[string, () => void, RegExp]>([
    ["a file among them", () => writeFileSync(join(out, "notes.md"), "mine"), /--force would delete notes\.md, which/],
    ["a file in an inner folder", () => writeFileSync(join(out, "inner", "a"), ""), /would delete inner\/a, which/],
    [
      "an empty folder",
      () => mkdirSync(join(out, "empty")),
      /would delete empty\/, which langbridge did not write; move it/,
    ],
    ["a link", () => symlinkSync(parent, join(out, "up")), /would delete up, which/],
    [
      "many files",
      () => Array.from({ length: 7 }, (_, i) => writeFileSync(join(out, `n${i}`), "")),
      /would delete n0, n1, n2, n3, n4 and 2 more, which langbridge did not write; move them away/,
    ],
    [
      "no record",
      () => rmSync(join(out, RECORD_FILE)),
      /would delete config\.json, extra\.json, inner\/model\.onnx, which/,
    ],
    [
      "a record that is damaged",
      () => writeFileSync(join(out, RECORD_FILE), "{"),
      /would delete .langbridge.json, config/,
    ],
    [
      "a record of another kind",
      () => writeFileSync(join(out, RECORD_FILE), '{"files":["config.json"]}'),
      /would delete/,
    ],
  ])("force deletes nothing that this tool did not write: %s", async (_title, spoil, message) => {
    await makeOld();
    spoil();
    const before = list(out);
    await expect(writeFolderAtomically(out, writeNew, { force: true })).rejects.toThrow(message);
    expect(list(out)).toEqual(before);
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe("old");
    expect(readdirSync(parent)).toEqual(["out"]);
  });

  test("force deletes nothing behind a link that leads elsewhere", async () => {
    mkdirSync(join(parent, "ssh"));
    writeFileSync(join(parent, "ssh", "id_rsa"), "key");
    symlinkSync("ssh", out);
    await expect(writeFolderAtomically(out, writeNew, { force: true })).rejects.toThrow("would delete id_rsa");
    expect(readFileSync(join(parent, "ssh", "id_rsa"), "utf8")).toBe("key");
  });

  test.each([
    ["transfer_report.json", "model.safetensors"],
    ["explain.json", "index.html"],
  ])("an output of 0.1.0, which kept no record, is known by its %s", async (report, other) => {
    mkdirSync(out);
    for (const name of [report, other]) writeFileSync(join(out, name), "{}");
    await writeFolderAtomically(out, writeNew, { force: true });
    expect(list(out)).toEqual(["config.json"]);
    rmSync(out, { recursive: true });
    mkdirSync(out);
    for (const name of [report, other, "id_rsa"]) writeFileSync(join(out, name), "{}");
    await expect(writeFolderAtomically(out, writeNew, { force: true })).rejects.toThrow("would delete id_rsa, which");
  });

  test("an error leaves what was there before and nothing else", async () => {
    const fail = async (folder: string): Promise<never> => {
      await writeNew(folder);
      throw new Error("broke");
    };
    await expect(writeFolderAtomically(join(out, "a", "b"), fail)).rejects.toThrow("broke");
    expect(readdirSync(parent)).toEqual([]);
    await makeOld();
    await expect(writeFolderAtomically(out, fail, { force: true })).rejects.toThrow("broke");
    expect(readdirSync(parent)).toEqual(["out"]);
    expect(readFileSync(join(out, "extra.json"), "utf8")).toBe("old");
  });

  test("an interruption leaves what was there before and nothing else, however late it comes", async () => {
    await makeOld();
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
    rmSync(out, { recursive: true });
    await makeOld();
    expect(await checkOutputFolder(out, { force: true })).toBe(true);
  });

  testWithDisk(disk)("refuses a mount point before any work: it cannot be renamed", async () => {
    await expect(writeFolderAtomically(disk!, () => Promise.reject(new Error("was called")))).rejects.toMatchObject({
      name: "InputError",
      message: `${disk}: is a mount point, which cannot take the place of another folder; choose a folder in it, such as ${disk}/out`,
    });
    await writeFolderAtomically(join(disk!, "out"), writeNew);
    expect(list(join(disk!, "out"))).toEqual(["config.json"]);
    rmSync(join(disk!, "out"), { recursive: true });
  });

  test("refuses a folder that is or holds a source, by whatever path, and an empty name", async () => {
    await makeOld();
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
    rmSync(join(out, "linked.json"));
    const sources = [parent, elsewhere, `${out}put`, join(parent, "missing"), "org/name"];
    expect(await checkOutputFolder(out, { force: true, sources })).toBe(true);
    await expect(checkOutputFolder("", {})).rejects.toThrow("the output folder has an empty name");
  });
});

describe("replaceFolder", () => {
  test("puts the old folder back when the new one cannot take its place", async () => {
    await makeOld();
    await expect(replaceFolder(await temporaryNames(out), out)).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(parent)).toEqual(["out"]);
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe("old");
  });
});
