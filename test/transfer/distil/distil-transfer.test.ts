import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { exportAdapter } from "../../../src/export/export.js";
import { distilTransfer } from "../../../src/transfer/distil/distil-transfer.js";
import { planTransfer } from "../../../src/transfer/plan/plan-transfer.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const common = { cacheFolder: join(root, "cache"), toolVersion: "0.0.0-test" };

test("a transfer is fitted to as many pictures as are asked for, more of them meet it better, and transformers' format takes it", async () => {
  const [llm, vision] = [join(WORLD, "llama2"), join(WORLD, "vision")];
  const plan = await planTransfer({
    ...{ adapter: join(WORLD, "adapters", "qwen2", "paper-0"), target: llm, distilled: true },
    examples: { images: join(WORLD, "images"), vision },
  });
  const fit = async (pictures: number) => {
    const output = join(root, String(pictures));
    return { output, ...(await distilTransfer(plan, { ...common, output, pictures })).distilled };
  };
  const [few, more] = [await fit(40), await fit(300)];
  // Four patches a picture, and as many units as the target is wide; every fifth picture is left out.
  expect(few).toMatchObject({ pictures: 40, patches: 160, units: 80, heldOut: 32 });
  expect(more).toMatchObject({ pictures: 300, patches: 1200, units: 80, heldOut: 240 });
  expect(more.r2).toBeGreaterThan(0.8);
  expect(more.r2).toBeGreaterThan(few.r2);
  const { checks } = await exportAdapter({
    ...{ ...common, adapter: more.output, llm, vision, format: "hf", output: join(root, "hf") },
  });
  expect(checks.join("\n")).toContain("read back equal to their source bit for bit");
});
