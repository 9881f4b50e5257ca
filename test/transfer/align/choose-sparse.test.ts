import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { planTransfer, type TransferPlanOptions } from "../../../src/transfer/plan.js";
import { executeTransfer } from "../../../src/transfer/transfer.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const WORLD = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "fixtures", "small-world");
const root = temporaryFolder();
const [adapter, target] = [join(WORLD, "adapters", "qwen2", "paper-0"), join(WORLD, "llama2")];
const examples = { images: join(WORLD, "images"), vision: join(WORLD, "vision") };

let outputs = 0;
async function settingsOf(options: Partial<TransferPlanOptions>) {
  const plan = await planTransfer({ adapter, target, align: "sparse", examples, ...options });
  const output = join(root, `output-${outputs++}`);
  const { align, checks } = await executeTransfer(plan, { output, toolVersion: "0.0.0-test" });
  return { settings: align.settings, checks };
}

describe("choosing by pictures how patches are decoded", () => {
  test("finds the few frequent words that a trained adapter's patches are made of, the same each time", async () => {
    const { settings, checks } = await settingsOf({});
    expect(settings).toEqual((await settingsOf({})).settings);
    // A patch shows at most one object with a colour, a shape and a size; the vocabulary has 448 rows.
    expect(settings["words"]).toBe(64);
    expect([3, 4]).toContain(settings["k"]);
    expect(checks.find((check) => check.startsWith("of 256 patches the first 64 tokens"))).toBeDefined();
  });

  test("leaves what the user set", async () => {
    const { settings } = await settingsOf({ alignSettings: { k: 2 } });
    expect(settings).toEqual({ k: 2, words: 64 });
  });

  test.each([
    [{ align: "soft" }, "--images: --align soft chooses nothing by pictures; sparse does"],
    [{ align: "none" }, "--images: --align none chooses nothing by pictures; sparse does"],
    [
      { alignSettings: { k: 2, words: 9 } },
      "--images: --k and --words are given, so nothing is left to choose; leave one of them out",
    ],
  ] as const)("refuses %j", async (options, message) => {
    await expect(planTransfer({ adapter, target, align: "sparse", examples, ...options })).rejects.toThrow(message);
  });

  test("names a folder that holds no pictures, or is not there", async () => {
    const empty = join(root, "empty");
    mkdirSync(empty);
    writeFileSync(join(empty, "notes.txt"), "no picture");
    await expect(settingsOf({ examples: { ...examples, images: empty } })).rejects.toThrow(/empty: holds no pictures/);
    await expect(settingsOf({ examples: { ...examples, images: join(root, "none") } })).rejects.toThrow(
      /none: does not exist|none: cannot be listed/,
    );
  });
});
