import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import Export from "../../commands/export.js";
import type { ExportReport } from "../../src/export/format.js";
import { testWithDisk, tinyDisk } from "../helpers/hostile-disk.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const adapter = join(WORLD, "adapters", "qwen2", "paper-0");
const mlp = join(WORLD, "adapters", "qwen2", "mlp2x_gelu");
const output = join(root, "out");

const refused = async (argv: readonly string[]): Promise<string> => {
  const { stderr, stdout, exitCode } = await runCommand(Export, argv);
  expect([stdout, exitCode]).toEqual(["", exitCode === 2 ? 2 : 1]);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  return stderr.trimEnd();
};

const disk = tinyDisk(64);

describe("langbridge export", () => {
  testWithDisk(disk)("a disk that is too small is named with what is needed, and nothing stays on it", async () => {
    const to = ["--format", "onnx", "-o", join(disk!, "out"), "--vision", join(WORLD, "vision")];
    expect(await refused([adapter, ...to])).toMatch(/ has 0\.1 MB free, 0\.\d MB are needed; free some space/);
    expect(readdirSync(disk!)).toEqual([]);
  });

  test("writes the models and prints files, inputs, outputs, operators, the check and how to run it", async () => {
    const run = await runCommand<ExportReport>(Export, [adapter, "--format", "onnx", "-o", output]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toMatch(/^onnx\/adapter\.onnx_data +\d+,\d+$/m);
    expect(run.stdout).toMatch(/^input +features +float32 \(patches, 64\)$/m);
    expect(run.stdout).toMatch(/^output +embeddings +float32 \(patches, 64\)$/m);
    expect(run.stdout).toContain("operators: ai.onnx 20; IR version 10");
    expect(run.stdout).toContain("checked: onnx/adapter.onnx gives for 64 random vectors what the parts give in place");
    expect(run.stdout).toContain('[embeddings] = session.run(["embeddings"], {"features": features})');
    expect(Math.max(...run.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(run.result).toMatchObject({ format: "onnx", adapter: "paper-0", output });
    expect(run.result!.files.map(({ name }) => name)).toEqual([
      ...["README.md", "onnx/adapter.onnx", "onnx/adapter.onnx_data"],
    ]);
  });

  test("--force replaces an earlier export, and no folder that holds anything else", async () => {
    expect(await refused([adapter, "--format", "onnx", "-o", output])).toBe(
      `langbridge: ${output}: is not empty; choose another folder, or replace it with --force`,
    );
    const again = await runCommand(Export, [adapter, "--format", "onnx", "-o", output, "--force"]);
    expect(again.exitCode).toBe(0);
    const other = join(root, "other");
    mkdirSync(join(other, "onnx", "mine"), { recursive: true });
    expect(await refused([adapter, "--format", "onnx", "-o", other, "--force"])).toContain(
      `${other}: --force would delete onnx/mine/, which langbridge did not write; move it away`,
    );
    expect(existsSync(join(other, "onnx", "mine"))).toBe(true);
  });

  test.each(["merges.txt", "vocab.json", "chat_template.jinja", "tokenizer_config.json", "tokenizer.model"])(
    "a link in the LLM's folder that leads to another file is not published: %s",
    async (name) => {
      const llm = join(root, `linked-${name}`);
      cpSync(join(WORLD, "qwen2"), llm, { recursive: true });
      const secret = join(root, "secret");
      writeFileSync(secret, '{"key": "SECRET"}');
      rmSync(join(llm, name), { force: true });
      symlinkSync(secret, join(llm, name));
      const nothing = join(root, "nothing");
      for (const format of ["onnx", "hf"]) {
        const argv = [mlp, "--format", format, "--llm", llm, "--vision", join(WORLD, "vision"), "-o", nothing];
        expect(await refused(argv)).toContain(
          `${join(llm, name)}: is a link that leads out of its folder, to ${secret}`,
        );
      }
      expect(existsSync(nothing)).toBe(false);
    },
  );

  test("--force replaces nothing that the export is made of", async () => {
    const [own, llm] = [join(root, "own"), join(root, "llm")];
    cpSync(adapter, own, { recursive: true });
    cpSync(join(WORLD, "qwen2"), llm, { recursive: true });
    const link = join(root, "link");
    symlinkSync(own, link);
    const refusedOver = async (output: string, source: string, argv: readonly string[]): Promise<void> => {
      expect(await refused([...argv, "-o", output, "--force"])).toBe(
        `langbridge: ${output}: replacing it would delete ${source}, which the new folder is made of; choose another folder`,
      );
    };
    await refusedOver(own, own, [own, "--format", "onnx"]);
    await refusedOver(link, own, [own, "--format", "onnx"]);
    const file = join(own, "model.safetensors");
    await refusedOver(own, file, [file, "--format", "official", "--llm", "x"]);
    await refusedOver(llm, llm, [adapter, "--format", "onnx", "--vision", join(WORLD, "vision"), "--llm", llm]);
    await refusedOver(llm, llm, [adapter, "--format", "official", "--llm", llm]);
    expect(readdirSync(own).sort()).toEqual(readdirSync(adapter).sort());
    expect(readdirSync(llm).sort()).toEqual(readdirSync(join(WORLD, "qwen2")).sort());
  });

  test("what it cannot do is one line, and leaves nothing", async () => {
    const none = join(root, "none");
    const to = ["--format", "onnx", "-o", none];
    expect(await refused([join(WORLD, "vision"), ...to])).toContain("expected a LangBridge adapter or a LLaVA folder");
    const ordinary = join(WORLD, "adapters", "qwen2", "mlp2x_gelu");
    expect(await refused([ordinary, ...to, "--no-fold"])).toBe(
      `langbridge: --fold, --no-fold: ${ordinary} is an ordinary mlp2x_gelu projector, which has nothing to fold; leave it out`,
    );
    expect(await refused([adapter, "--format", "tflite", "-o", none])).toContain(
      "--format=tflite: expected one of onnx",
    );
    expect(await refused([adapter, "--format", "onnx"])).toContain("--output: not given");
    expect(await refused([adapter, "--format", "onnx", "-o", ""])).toContain("the output folder has an empty name");
    writeFileSync(join(root, "file"), "");
    expect(await refused([adapter, "--format", "onnx", "-o", join(root, "file")])).toContain("is a file");
    expect(existsSync(none)).toBe(false);
    expect(readdirSync(root).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  test("--format official names the LLM in its flags, whether it lies here or not", async () => {
    const to = ["--format", "official", "-o", join(root, "official")];
    expect(await refused([adapter, ...to, "--dtype", "f16"])).toMatch(
      /^langbridge: --dtype: --format official \(.*\) does not take it; leave it out$/,
    );
    const run = await runCommand<ExportReport>(Export, [adapter, ...to, "--llm", "nobody/has-this-llm"]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toContain("checked: 7 tensors read back equal to the adapter's");
    expect(run.stdout).toContain("--model_name_or_path nobody/has-this-llm");
  });

  test("--format onnx with tower and LLM prints the caches of all layers as one row, and JavaScript to paste", async () => {
    const folder = join(root, "whole");
    const parts = ["--vision", join(WORLD, "vision"), "--llm", join(WORLD, "qwen2")];
    const run = await runCommand<ExportReport>(Export, [adapter, "--format", "onnx", "-o", folder, ...parts]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toMatch(
      /^input +past_key_values\.\[0-3\]\.\[key, value\] +float32 \(batch_size, 4, past_sequence_length, 16\)$/m,
    );
    expect(run.stdout).toMatch(/^output +logits +float32 \(batch_size, 1, 1664\)$/m);
    expect(run.stdout).toContain("operators: ai.onnx 20, com.microsoft 1; IR version 10");
    expect(run.stdout).toContain(`const folder = ${JSON.stringify(folder)};`);
    expect(run.result!.models![2]!.inputs).toHaveLength(2 + 2 * 4);
    const missing = ["--format", "onnx", "-o", join(root, "none"), "--llm", "nobody/has-this-llm"];
    expect(await refused([adapter, ...missing])).toContain("nobody/has-this-llm");
  });

  test("--format hf writes one model of adapter, LLM and tower, and says what was decided", async () => {
    const folder = join(root, "llava");
    const [llm, vision] = [join(WORLD, "llama3"), join(WORLD, "vision")];
    const whole = [join(WORLD, "adapters", "llama3", "paper-0"), "--format", "hf", "-o", folder];
    expect(await refused([...whole, "--vision", vision])).toBe(
      "langbridge: --llm: is missing; --format hf writes adapter, LLM and vision tower as one model",
    );
    expect(await refused([...whole, "--llm", llm, "--vision", vision, "--no-fold"])).toMatch(
      /^langbridge: --fold, --no-fold: --format hf \(.*\) does not take it; leave it out$/,
    );
    const run = await runCommand<ExportReport>(Export, [...whole, "--llm", llm, "--vision", vision, "--dtype", "f32"]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toMatch(/^model\.safetensors +\d,\d+,\d+$/m);
    expect(run.stdout).toContain("projector: mm_vocab as Linear, GELU, Linear of 96 hidden units");
    expect(run.stdout).toContain("  from transformers import AutoProcessor, LlavaForConditionalGeneration");
    expect(Math.max(...run.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(run.result).toMatchObject({ format: "hf", adapter: "paper-0", output: folder });
    expect(readFileSync(join(folder, "config.json"), "utf8")).toContain('"torch_dtype": "float32"');
  });
});
