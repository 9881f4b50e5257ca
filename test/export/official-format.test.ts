import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../src/checkpoint/weights.js";
import { exportAdapter, type ExportOptions } from "../../src/export/export.js";
import { readTensor } from "../../src/files/read-tensor.js";
import type { TensorInfo } from "../../src/tensor/tensor-info.js";
import { planTransfer } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import { randomTensor, safetensorsBytes, type TestTensor } from "../helpers/make-folders.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const source = join(WORLD, "adapters", "llama2", "paper-0");
const write = (adapter: string, name: string, options: Partial<ExportOptions> = {}) =>
  exportAdapter({
    ...{ adapter, format: "official", output: join(root, name), cacheFolder: root, toolVersion: "0.0.0-test" },
    ...options,
  });

async function transfer(name: string, options: object): Promise<string> {
  const output = join(root, name);
  const parts = { adapter: source, source: join(WORLD, "llama2"), target: join(WORLD, "qwen2") };
  await executeTransfer(await planTransfer({ ...parts, ...options }), { output, toolVersion: "0.0.0-test" });
  return output;
}

describe("--format official", () => {
  test("writes projector, matrix, vocabulary and flags, which open as the same adapter", async () => {
    const { files, checks, remarks, usage } = await write(source, "same", { llmName: "org/llama-2" });
    const names = [
      "README.md",
      "mm_projector.bin",
      "mm_vocab.json",
      "mm_vocab_matrix.pt",
      "official_training_flags.txt",
    ];
    expect(files.map(({ name }) => name)).toEqual(names);
    expect(files.map(({ bytes }) => bytes)).toEqual(names.map((name) => statSync(join(root, "same", name)).size));
    expect([checks, remarks]).toEqual([["7 tensors read back equal to the adapter's"], []]);
    expect(usage.lines.join("\n")).toContain("--model_name_or_path org/llama-2");
    expect(usage.lines.join("\n")).toContain(`--mm_vocab_matrix ${join(root, "same", "mm_vocab_matrix.pt")}`);
    expect(readFileSync(join(root, "same", "mm_vocab.json"))).toEqual(readFileSync(join(source, "mm_vocab.json")));
    const [before, after] = [await loadAdapter(source), await loadAdapter(join(root, "same", "mm_projector.bin"))];
    const head = ({ projector }: typeof before) =>
      projector.kind === "mm_vocab" ? projector.layers[3].weight : undefined;
    expect(await readTensor(head(after)!)).toEqual(await readTensor(head(before)!));
    expect(after.matrix!.tensor).toMatchObject({ dtype: "F32", shape: [448, 80] });
  });

  test("is the same bytes as transfer --official writes, and names the target by itself", async () => {
    const official = join(root, "transferred");
    const plan = await planTransfer({
      ...{ adapter: source, target: join(WORLD, "qwen2"), align: "none", missing: "drop", official: true },
    });
    await executeTransfer(plan, { output: official, official: true, toolVersion: "0.0.0-test" });
    const { output, usage } = await write(official, "again");
    for (const name of ["mm_projector.bin", "mm_vocab_matrix.pt", "mm_vocab.json"]) {
      expect([name, readFileSync(join(output, name)).equals(readFileSync(join(official, name)))]).toEqual([name, true]);
    }
    expect(usage.lines.join("\n")).toContain("--model_name_or_path qwen2");
  });

  test("says which rows are no single ids, and leaves the list out then", async () => {
    const mixed = await transfer("mixed", { align: "none" });
    const { files, remarks } = await write(mixed, "mixed-official");
    expect(files.map(({ name }) => name)).not.toContain("mm_vocab.json");
    expect(remarks).toEqual([
      expect.stringMatching(/^no mm_vocab\.json is written, .*: 30 of 448 rows are none: Ġ\w+/),
    ]);
  });

  test("an adapter without a vocabulary is written without, and one of another length is refused", async () => {
    const [none, other] = [join(root, "without"), join(root, "other-length")];
    for (const folder of [none, other])
      cpSync(join(WORLD, "adapters", "llama2", "official"), folder, { recursive: true });
    rmSync(join(none, "mm_vocab.json"));
    const { files, remarks } = await write(none, "without-official", { llmName: "x" });
    expect(files.map(({ name }) => name)).not.toContain("mm_vocab.json");
    expect(remarks).toEqual([
      "no vocabulary is written, for the adapter came without one; the training code wants its file",
    ]);
    writeFileSync(join(other, "mm_vocab.json"), JSON.stringify({ a: 5, b: 6 }));
    await expect(write(other, "none", { llmName: "x" })).rejects.toThrow(
      `${join(other, "mm_vocab.json")}: has 2 tokens, the adapter has 448 rows; row i of the adapter is token i; leave the list it was trained with there alone`,
    );
  });

  test.each([
    ["mlp2x_gelu", { 0: [80, 128], 2: [80, 80] }, ["0.weight", "0.bias", "2.weight", "2.bias"]],
    ["linear", { 0: [80, 128] }, ["weight", "bias"]],
  ])("writes an ordinary %s projector under the names that LLaVA's code loads", async (kind, layers, parts) => {
    const adapter = join(root, kind);
    mkdirSync(adapter);
    const tensors = Object.entries<number[]>(layers).flatMap(([number, shape]): [string, TestTensor][] => [
      [`mm_projector.${number}.weight`, randomTensor(shape, 5)],
      [`mm_projector.${number}.bias`, randomTensor(shape.slice(0, 1), 6)],
    ]);
    writeFileSync(join(adapter, "model.safetensors"), safetensorsBytes(Object.fromEntries(tensors)));
    const settings = { mm_vision_select_layer: -2, mm_vision_select_feature: "cls_patch" };
    writeFileSync(join(adapter, "config.json"), JSON.stringify({ mm_projector_type: kind, ...settings }));
    const { files, checks, remarks, usage, output } = await write(adapter, `${kind}-official`, { llmName: "org/llm" });
    expect(files.map(({ name }) => name)).toEqual(["README.md", "mm_projector.bin", "official_training_flags.txt"]);
    expect([checks, remarks]).toEqual([[`${parts.length} tensors read back equal to the adapter's`], []]);
    expect(usage.lines.map((line) => line.replace(/ \\$/, ""))).toEqual([
      "llava/train/train_mem.py",
      "  --model_name_or_path org/llm",
      `  --mm_projector_type ${kind}`,
      `  --pretrain_mm_mlp_adapter ${join(output, "mm_projector.bin")}`,
      "  --mm_vision_select_layer -2",
      "  --mm_vision_select_feature cls_patch",
    ]);
    const written = await openCheckpoint(join(output, "mm_projector.bin"));
    expect([...written.tensors.keys()]).toEqual(parts.map((part) => `model.mm_projector.${part}`));
  });

  test.each([
    [96, ""],
    [48, ", of which units filled up with zeros would never learn"],
  ])("refuses an ordinary projector of %d units before an LLM that is 64 wide", async (units, also) => {
    const adapter = join(root, `units-${units}`);
    mkdirSync(adapter);
    const tensors = {
      ...{ "mm_projector.0.weight": randomTensor([units, 128], 1), "mm_projector.0.bias": randomTensor([units], 2) },
      ...{ "mm_projector.2.weight": randomTensor([64, units], 3), "mm_projector.2.bias": randomTensor([64], 4) },
    };
    writeFileSync(join(adapter, "model.safetensors"), safetensorsBytes(tensors));
    writeFileSync(join(adapter, "config.json"), JSON.stringify({ mm_projector_type: "mlp2x_gelu" }));
    await expect(write(adapter, "none", { llmName: "x" })).rejects.toThrow(
      `--format official: ${adapter} has ${units} hidden units, and the official code makes as many as the LLM is wide, 64${also}; transfer it with --projector mlp and without --units, which makes 64`,
    );
    expect(readdirSync(root)).not.toContain("none");
  });

  test("refuses weights that are no numbers, by name", async () => {
    const damaged = join(root, "damaged");
    cpSync(source, damaged, { recursive: true });
    const { file, byteOffset } = requireTensor(await openCheckpoint(damaged), "mm_projector.2.bias") as TensorInfo;
    const bytes = readFileSync(file);
    bytes.fill(0xff, byteOffset + 2, byteOffset + 4); // NaN in bfloat16.
    writeFileSync(file, bytes);
    await expect(write(damaged, "none", { llmName: "x" })).rejects.toThrow(
      `${file}: "mm_projector.2.bias" holds NaN or infinity; the weights are damaged, fetch them again`,
    );
    expect(readdirSync(root)).not.toContain("none");
  });

  test("refuses what the format cannot carry, and writes nothing", async () => {
    const sparse = await transfer("sparse", { align: "sparse" });
    await expect(write(sparse, "none")).rejects.toThrow(
      "--format official: --align sparse decodes every patch at run time with a second matrix, and the official code has no place for it; use --align none or --projector mlp, whose results it can tune",
    );
    await expect(write(source, "none")).rejects.toThrow("--llm: is missing");
    await expect(write(source, "none", { llmName: "x", vision: join(WORLD, "vision") })).rejects.toThrow(
      "--vision: --format official (files and flags for the official LangBridge training code) does not take it; leave it out",
    );
    expect(readdirSync(root)).not.toContain("none");
  });
});
