import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { folderName, hubCacheFolder, resolveFolder } from "../../src/checkpoint/hub-cache.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const hubCache = temporaryFolder();
const repository = join(hubCache, "models--org--model");
mkdirSync(join(repository, "refs"), { recursive: true });
mkdirSync(join(repository, "snapshots", "abc123"), { recursive: true });
writeFileSync(join(repository, "refs", "main"), "abc123\n");

describe("resolveFolder", () => {
  test("takes a path that exists as it is", async () => {
    expect(await resolveFolder(repository, { hubCache })).toBe(repository);
  });

  test("finds org/name in the snapshot of its main branch", async () => {
    expect(await resolveFolder("org/model", { hubCache })).toBe(join(repository, "snapshots", "abc123"));
  });

  test("says where it looked, and how to fetch what is not there", async () => {
    await expect(resolveFolder("org/other", { hubCache })).rejects.toThrow(
      `org/other: is no path, and ${hubCache} holds no download of it; fetch it with: hf download org/other`,
    );
    await expect(resolveFolder("a/b/c", { hubCache })).rejects.toThrow("a/b/c: no such file or folder");
  });

  test("names a snapshot that was deleted", async () => {
    const torn = join(hubCache, "models--org--torn", "refs");
    mkdirSync(torn, { recursive: true });
    writeFileSync(join(torn, "main"), "gone");
    await expect(resolveFolder("org/torn", { hubCache })).rejects.toThrow(/snapshots.gone is missing/);
  });
});

describe("folderName", () => {
  test("is org/name for a snapshot, whose own name is a hash, and the folder's name elsewhere", () => {
    expect(folderName(join(repository, "snapshots", "abc123"))).toBe("org/model");
    expect(folderName("/x/models--org--my--model/snapshots/abc")).toBe("org/my--model");
    expect(folderName("/x/snapshots/abc")).toBe("abc");
    expect(folderName("adapters/mine/")).toBe("mine");
  });
});

describe("hubCacheFolder", () => {
  test("follows the variables in huggingface_hub's order", () => {
    expect(hubCacheFolder({ HF_HUB_CACHE: "/a", HF_HOME: "/b" })).toBe("/a");
    expect(hubCacheFolder({ HF_HOME: "/b", XDG_CACHE_HOME: "/c" })).toBe(join("/b", "hub"));
    expect(hubCacheFolder({ XDG_CACHE_HOME: "/c" })).toBe(join("/c", "huggingface", "hub"));
    expect(hubCacheFolder({})).toBe(join(homedir(), ".cache", "huggingface", "hub"));
  });
});
