import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

jest.unstable_mockModule("onnxruntime-node", () => {
  throw new Error("Cannot find package 'onnxruntime-node'");
});

const root = temporaryFolder();

test("without onnxruntime-node folding says how to get it, and how to do without", async () => {
  const { exportAdapter } = await import("../../../src/export/export.js");
  const adapter = join(WORLD, "adapters", "qwen2", "paper-0");
  const output = join(root, "out");
  await expect(
    exportAdapter({ adapter, format: "onnx", output, cacheFolder: root, toolVersion: "0.0.0-test" }),
  ).rejects.toThrow(
    "folding the adapter needs onnxruntime-node; add it with: npm install onnxruntime-node, or export with --no-fold",
  );
  expect(existsSync(output)).toBe(false);
});
