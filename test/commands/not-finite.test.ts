import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import Eval from "../../commands/eval/index.js";
import Explain from "../../commands/explain.js";
import Export from "../../commands/export.js";
import Transfer from "../../commands/transfer.js";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { encodeFloats } from "../../src/tensor/half.js";
import type { TensorInfo } from "../../src/tensor/tensor-info.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const [llm, vision] = [join(WORLD, "llama2"), join(WORLD, "vision")];
const paper = join(WORLD, "adapters", "llama2", "paper-0");
const image = join(WORLD, "images", "scene_0000.png");

/** A copy of a folder with one number of a tensor that is none. */
async function damaged(folder: string, name: string, number: number): Promise<string> {
  const copy = join(root, `${name}-${number}`);
  if (existsSync(copy)) return copy;
  cpSync(folder, copy, { recursive: true });
  const tensor = (await openCheckpoint(copy)).tensors.get(name) as TensorInfo;
  const bytes = readFileSync(tensor.file);
  const dtype = tensor.dtype as FloatDtype;
  bytes.set(encodeFloats(Float32Array.of(number), dtype), tensor.byteOffset + tensor.byteLength / 2);
  writeFileSync(tensor.file, bytes);
  return copy;
}

interface Parts {
  readonly adapter?: string;
  readonly vision?: string;
}
const output = join(root, "output");
const folders = { "--output": output };
const argv = (flags: Readonly<Record<string, string>>): string[] => Object.entries(flags).flat();

const COMMANDS = {
  "transfer, as it is by default": ({ adapter = paper }: Parts) =>
    runCommand(Transfer, [adapter, join(WORLD, "llama3"), ...argv(folders)]),
  "transfer --align none": ({ adapter = paper }: Parts) =>
    runCommand(Transfer, [adapter, join(WORLD, "llama3"), ...argv({ "--align": "none", ...folders })]),
  "transfer --align soft": ({ adapter = paper }: Parts) =>
    runCommand(Transfer, [adapter, join(WORLD, "llama3"), ...argv({ "--align": "soft", ...folders })]),
  ...Object.fromEntries(
    ["sparse", "cosine", "weights"].map((by) => [
      `explain --by ${by}`,
      (parts: Parts) =>
        runCommand(Explain, [image, ...argv({ "--adapter": paper, "--vision": vision, ...named(parts), "--by": by, ...folders })]), // prettier-ignore
    ]),
  ),
  eval: (parts: Parts) =>
    runCommand(Eval, [
      ...argv({ "--benchmark": "custom", "--data": join(WORLD, "benchmarks", "custom", "questions.jsonl") }),
      ...argv({ "--images": join(WORLD, "images"), "--limit": "1", "--llm": llm }),
      ...argv({ "--adapter": paper, "--vision": vision, ...named(parts), ...folders }),
    ]),
  "export --format onnx": ({ adapter = paper, vision: tower = vision }: Parts) =>
    runCommand(Export, [adapter, ...argv({ "--format": "onnx", "--vision": tower, ...folders })]),
  "export --format official": ({ adapter = paper }: Parts) =>
    runCommand(Export, [adapter, ...argv({ "--format": "official", "--llm": "llama2", ...folders })]),
};
type CommandName = keyof typeof COMMANDS;
const named = (parts: Parts) => Object.fromEntries(Object.entries(parts).map(([name, path]) => [`--${name}`, path]));

/** What each place is read by; a transfer and the official format do not open the tower. */
const PLACES = {
  adapter: ["mm_projector.0.weight", "mm_projector.2.bias", "mm_projector.3.weight", "mm_vocab_matrix"],
  vision: ["vision_model.embeddings.patch_embedding.weight", "vision_model.encoder.layers.1.mlp.fc2.bias"],
};
const readsTower = (command: string): boolean => /explain|eval|onnx/.test(command);
/** Rows that the adapter brings along, and these do not look at: the new rows are the target's, and weights say nothing of rows. */
const takesNoRows = ["transfer --align none", "explain --by weights"];
const CASES = Object.entries(PLACES).flatMap(([part, names]) =>
  names.flatMap((name) =>
    Object.keys(COMMANDS)
      .filter((command) => part === "adapter" || readsTower(command))
      .filter((command) => name !== "mm_vocab_matrix" || !takesNoRows.includes(command))
      .map((command) => [command as CommandName, name, part as keyof Parts] as const),
  ),
);

describe("a number that is none", () => {
  beforeAll(() => {
    process.env["LANGBRIDGE_CACHE_DIR"] = join(root, "cache");
  });

  test.each(CASES)("ends %s when it is in %s", async (command, name, part) => {
    for (const number of [NaN, Infinity]) {
      rmSync(output, { recursive: true, force: true });
      const folder = await damaged(part === "vision" ? vision : paper, name, number);
      const { stderr, exitCode } = await COMMANDS[command]({ [part]: folder });
      expect([stderr, exitCode]).toEqual([expect.stringMatching(/^langbridge: .*(?:finite|NaN).*\n$/), 1]);
      // A model that is written is compared with all parts at once, and which one is to blame does not show.
      if (!command.includes("onnx")) expect(stderr).toContain(folder);
      if (command !== "eval") expect(existsSync(output)).toBe(false);
    }
  });
});
