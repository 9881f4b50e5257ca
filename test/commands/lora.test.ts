import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import Export from "../../commands/export.js";
import Inspect from "../../commands/inspect.js";
import { readLoraExpected } from "../helpers/lora-goldens.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const adapter = join(WORLD, "adapters", "qwen2", "paper-0");
const loras = [readLoraExpected("linear").path, readLoraExpected("llava").path];

test.each(loras)("export takes a whole LLM, and says how %s becomes one", async (lora) => {
  const output = join(root, "out");
  const argv = [adapter, "--llm", lora, "--vision", join(WORLD, "vision"), "--format", "onnx", "-o", output];
  const { stderr, exitCode } = await runCommand(Export, argv);
  expect(exitCode).toBe(1);
  expect(stderr.replace(/\s+/g, " ")).toContain(`--llm: ${lora} is a LoRA, and export takes a whole LLM; merge it`);
  expect(existsSync(output)).toBe(false);
});

test.each([[[loras[0]!]], [[adapter, loras[0]!]], [[loras[1]!, adapter]]])(
  "inspect points to the LLM that a LoRA changes: %j",
  async (argv) => {
    const { stderr, exitCode } = await runCommand(Inspect, argv);
    expect(exitCode).toBe(1);
    expect(stderr.replace(/\s+/g, " ")).toContain(
      "is a LoRA without a tokenizer of its own; inspect the folder of the",
    );
  },
);
