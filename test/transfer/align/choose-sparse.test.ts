import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { planTransfer, type TransferPlanOptions } from "../../../src/transfer/plan/plan-transfer.js";
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

describe("choosing by pictures into how many tokens patches are decoded", () => {
  test("finds how many words a trained adapter's patches are made of, the same each time", async () => {
    const { settings, checks } = await settingsOf({});
    expect(settings).toEqual((await settingsOf({})).settings);
    // A patch shows at most one object with a colour, a shape and a size; the LLM is 64 wide.
    expect([3, 4]).toContain(settings["k"]);
    expect(settings["words"]).toBe(64);
    expect(
      checks.find((check) => /^the first [34] tokens explain much more of the residual of 256 patches/.test(check)),
    ).toBeDefined();
  });

  test("looks among the words that the user named", async () => {
    const { settings } = await settingsOf({ alignSettings: { words: 12 } });
    expect(settings["words"]).toBe(12);
  });

  test.each([
    [{ align: "soft" }, "--images: --align soft chooses nothing by pictures; sparse does"],
    [{ align: "none" }, "--images: --align none chooses nothing by pictures; sparse does"],
    [{ alignSettings: { k: 2 } }, "--images: --k is given, so nothing is left to choose; leave one of them out"],
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
