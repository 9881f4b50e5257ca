import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import CacheClear from "../../../commands/cache/clear.js";
import CacheList from "../../../commands/cache/list.js";
import type { CacheListing } from "../../../src/runtime/parts/cache-files.js";
import { cachedTensors } from "../../../src/runtime/parts/tensor-cache.js";
import { safetensorsBytes } from "../../helpers/make-folders.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const cacheFolder = join(root, "cache");
process.env["LANGBRIDGE_CACHE_DIR"] = cacheFolder;

const keep = (recipe: string) => {
  const data = new Uint8Array(Float32Array.of(1, 2).buffer);
  const make = () => Promise.resolve([{ name: "x", dtype: "F32" as const, shape: [2], data }]);
  return cachedTensors({ recipe, what: "numbers", sources: [], make }, { cacheFolder });
};

describe("the cache", () => {
  test("that is not there is empty", async () => {
    const { stdout, result } = await runCommand<CacheListing>(CacheList, []);
    expect(result).toEqual({ folder: cacheFolder, files: [], bytes: 0 });
    expect(stdout).toBe(`${cacheFolder}: 0 files, 0.0 MB\n`);
  });

  test("lists what was worked out and deletes it, damaged files too, and nothing of anybody else", async () => {
    await keep("folded-adapter-1");
    await keep("q4-1");
    const damaged = `q8-1-${"0".repeat(32)}.safetensors`;
    writeFileSync(join(cacheFolder, damaged), "damaged");
    const foreign = [`model-${"1".repeat(32)}.safetensors`, "notes.txt"];
    writeFileSync(
      join(cacheFolder, foreign[0]!),
      safetensorsBytes({ w: { dtype: "F32", shape: [1], values: Float32Array.of(1) } }),
    );
    writeFileSync(join(cacheFolder, foreign[1]!), "mine");
    mkdirSync(join(cacheFolder, "autocomplete"));
    const { stdout, result } = await runCommand<CacheListing>(CacheList, []);
    expect(result!.files.map(({ recipe }) => recipe)).toEqual(["folded-adapter-1", "q4-1", "q8-1"]);
    expect(stdout).toMatch(
      /^made by +MB {2}file\n[─ ]+\nfolded-adapter-1 +0\.0 {2}folded-adapter-1-[0-9a-f]{32}\.safetensors$/m,
    );
    const cleared = await runCommand<CacheListing>(CacheClear, []);
    expect(cleared.result).toEqual(result);
    expect(cleared.stdout).toMatch(/: 3 files, 0\.0 MB, deleted\n$/);
    expect(readdirSync(cacheFolder).sort()).toEqual(["autocomplete", ...foreign].sort());
    expect(existsSync(join(cacheFolder, damaged))).toBe(false);
  });
});
