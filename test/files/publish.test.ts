import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { copyInto, requireAllInFolder, requireInFolder } from "../../src/files/publish.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
let parent: string;
let model: string;
let out: string;
let count = 0;
beforeEach(() => {
  parent = join(root, String(count++));
  model = join(parent, "model");
  out = join(parent, "out");
  mkdirSync(join(model, "inner"), { recursive: true });
  mkdirSync(out);
  mkdirSync(join(parent, "model-of-another"));
  writeFileSync(join(parent, "secret"), "a private key");
  writeFileSync(join(parent, "model-of-another", "vocab.json"), "private");
  writeFileSync(join(model, "vocab.json"), "{}");
  writeFileSync(join(model, "inner", "vocab.json"), "{}");
});

/** Links that lead out of the folder, straight or by a detour. */
const OUT: readonly (readonly [string, string])[] = [
  ["a file above", "../secret"],
  ["an absolute path", "/etc/hostname"],
  ["a folder whose name begins alike", "../model-of-another/vocab.json"],
  ["another link", "detour"],
  ["a folder that is a link", "linked/secret"],
];

describe("what is written on", () => {
  test.each(OUT)("a link to %s is refused, and nothing of it is copied", async (_title, target) => {
    symlinkSync("../secret", join(model, "detour"));
    symlinkSync("..", join(model, "linked"));
    const path = join(model, "merges.txt");
    symlinkSync(target, path);
    const words = /merges\.txt: is a link that leads out of its folder, to .*; put the file itself into the folder$/;
    await expect(requireInFolder(path)).rejects.toThrow(words);
    await expect(requireAllInFolder(model, ["none", "vocab.json", "merges.txt"])).rejects.toThrow(words);
    await expect(copyInto(path, out)).rejects.toThrow(words);
    expect(readdirSync(out)).toEqual([]);
  });

  test("plain files, links inside the folder, and a folder that is itself reached by a link are copied", async () => {
    symlinkSync("vocab.json", join(model, "same.json"));
    symlinkSync("inner/vocab.json", join(model, "inner.json"));
    symlinkSync(model, join(parent, "link"));
    for (const name of ["vocab.json", "same.json", "inner.json"]) await copyInto(join(parent, "link", name), out);
    expect(readdirSync(out).sort()).toEqual(["inner.json", "same.json", "vocab.json"]);
    expect(readFileSync(join(out, "same.json"), "utf8")).toBe("{}");
  });

  test("the links that a Hugging Face cache is made of lead to its own blobs", async () => {
    const repository = join(parent, "hub", "models--org--name");
    const snapshot = join(repository, "snapshots", "0123abc");
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(join(repository, "blobs"));
    const blob = "0123456789abcdef".repeat(4);
    writeFileSync(join(repository, "blobs", blob), "merges");
    symlinkSync(`../../blobs/${blob}`, join(snapshot, "merges.txt"));
    symlinkSync("../../../../secret", join(snapshot, "vocab.json"));
    await copyInto(join(snapshot, "merges.txt"), out);
    expect(readFileSync(join(out, "merges.txt"), "utf8")).toBe("merges");
    await expect(copyInto(join(snapshot, "vocab.json"), out)).rejects.toThrow("is a link that leads out of its folder");
  });

  test("a missing file and a folder are one line", async () => {
    await expect(copyInto(join(model, "none"), out)).rejects.toThrow("none: cannot be read: no such file or folder");
    await expect(copyInto(join(model, "inner"), out)).rejects.toThrow("is not a regular file but a folder");
  });
});
