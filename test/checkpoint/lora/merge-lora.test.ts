import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { hashModel } from "../../../src/checkpoint/hash-model.js";
import { isLora } from "../../../src/checkpoint/lora/open-lora.js";
import { readRows } from "../../../src/files/read-rows.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { openTensor } from "../../../src/files/tensor-reader.js";
import Transfer from "../../../commands/transfer.js";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.js";
import { openLlm, openLlmVocabulary } from "../../../src/model/llm/llm-folder.js";
import { halfBits, decodeFloats } from "../../../src/tensor/half.js";
import { isMerged, type CheckpointTensor } from "../../../src/tensor/tensor-info.js";
import { openTunedModel } from "../../../src/vlm/llava-source.js";
import { loadAdapter } from "../../../src/adapter/load.js";
import { LORAS, openGoldenLora, readLoraExpected } from "../../helpers/lora-goldens.js";
import { relativeError } from "../../helpers/goldens.js";
import { makeAdapter, makeLlm, sentencePieceTokenizer } from "../../helpers/make-folders.js";
import { runCommand } from "../../helpers/run-command.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

const root = temporaryFolder();

/** Numbers of a matrix in bfloat16 as places on the line of all bfloat16 numbers, so that neighbours differ by 1. */
async function places(tensor: CheckpointTensor): Promise<Int32Array> {
  expect(tensor.dtype).toBe("BF16");
  return Int32Array.from(halfBits(await readTensor(tensor)), (bits) => (bits & 0x8000 ? 0x8000 - bits : bits));
}

describe.each(LORAS)("%s: a LoRA merged with its base", (name) => {
  const { path, base, prompt, prefill } = readLoraExpected(name);

  test("has the numbers of PEFT's merge, to one step of bfloat16", async () => {
    const { checkpoint } = await openGoldenLora(name);
    const expected = await openCheckpoint(join(path, "merged.safetensors"));
    expect(expected.tensors.size).toBeGreaterThan(2);
    for (const [key, golden] of expected.tensors) {
      const [ours, theirs] = [await places(checkpoint.tensors.get(key)!), await places(golden)];
      expect(ours.length).toBe(theirs.length);
      const off = ours.map((place, i) => Math.abs(place - theirs[i]!));
      expect(Math.max(...off)).toBeLessThanOrEqual(1);
      expect(off.filter((steps) => steps > 0).length).toBeLessThanOrEqual(ours.length * 0.002);
    }
    const plain = await openCheckpoint(base);
    const changed = [...checkpoint.tensors].filter(
      ([key, tensor]) => tensor.file !== plain.tensors.get(key)?.file || isMerged(tensor),
    );
    expect(changed.map(([key]) => key).sort()).toEqual([...expected.tensors.keys()].sort());
  });

  test("answers with the logits of PEFT's merge", async () => {
    const logits = await withModel({ llm: await openGoldenLora(name), cacheFolder: join(root, "cache") }, ({ llm }) =>
      llm!.logits({ embeddings: llm!.embed(prompt) }),
    );
    expect(relativeError(logits, prefill)).toBeLessThan(2e-3);
  });

  test("is another model than its base by its hash", async () => {
    const { checkpoint } = await openGoldenLora(name);
    expect(await hashModel(checkpoint)).not.toBe(await hashModel(await openCheckpoint(base)));
  });
});

test("single rows and parts of rows are those of the whole matrix", async () => {
  const { table } = await openGoldenLora("table");
  const whole = await readTensor(table.tensor);
  const rows = await readRows(table.tensor, [95, 0, 40, 40]);
  const numbers = decodeFloats(whole, table.tensor.dtype);
  expect([...rows]).toEqual([95, 0, 40, 40].flatMap((row) => [...numbers.subarray(row * 32, row * 32 + 32)]));
  const reader = await openTensor(table.tensor);
  const part = new Uint8Array(101);
  await reader.readInto(part, 30);
  expect(Buffer.from(part).equals(whole.subarray(30, 131))).toBe(true);
  reader.readIntoSync(part, 64 * 95 - 37);
  expect(Buffer.from(part).equals(whole.subarray(64 * 95 - 37, 64 * 96))).toBe(true);
  await reader.close();
});

test("a table that was trained whole brings its own size", async () => {
  const { table, config } = await openGoldenLora("whole");
  expect(table).toMatchObject({ vocabSize: 100, hiddenSize: 64 });
  expect(config).toMatchObject({ vocab_size: 100 });
});

describe("a LoRA of LLaVA", () => {
  const { base } = readLoraExpected("llava");
  /** Beside the tower that its config.json names. */
  const model = join(root, "llava-lora");
  cpSync(readLoraExpected("llava").path, model, { recursive: true });
  cpSync(join(WORLD, "vision"), join(model, "vision"), { recursive: true });
  const hubCache = join(root, "hub");

  test("brings projector and settings, its base the tokenizer and what it changes", async () => {
    const source = await openTunedModel({ model, baseLlm: base, hubCache });
    expect(source).toMatchObject({ name: "llava-lora", vision: join(model, "vision"), llm: { path: model } });
    expect(source.tokenizer.path).toBe(base);
    const alone = await loadAdapter(model);
    expect(alone.projector).toMatchObject({ kind: "mlp2x_gelu", llmHiddenSize: 64 });
    const trained = await loadAdapter(join(WORLD, "adapters", "qwen2", "mlp2x_gelu"));
    if (alone.projector.kind !== "mlp2x_gelu" || trained.projector.kind !== "mlp2x_gelu")
      throw new Error("another kind");
    const weightOf = ({ projector }: typeof alone) =>
      readTensor((projector as typeof trained.projector & { kind: "mlp2x_gelu" }).layers[2].weight);
    expect(await weightOf(alone)).toEqual(await weightOf(trained));
  });

  test("without its base is refused with the name of it", async () => {
    await expect(openTunedModel({ model, hubCache })).rejects.toThrow(
      /llava-lora: is a LoRA of "org\/qwen2" \(adapter_config\.json\), not a model of its own; give the folder of that model with --base-llm/,
    );
  });

  test("one of an LLM alone is no model that sees", async () => {
    const { path } = readLoraExpected("linear");
    await expect(openTunedModel({ model: path, baseLlm: base, hubCache })).rejects.toThrow(
      /is a LoRA of an LLM, without LLaVA's non_lora_trainables\.bin, which holds the projector; name it with --llm/,
    );
  });
});

describe("refused in one line", () => {
  const { path, base } = readLoraExpected("linear");
  let made = 0;
  /** A copy of the LoRA with other settings. */
  function changed(settings: object): string {
    const folder = join(root, `changed ${made++}`);
    mkdirSync(folder);
    cpSync(path, folder, { recursive: true });
    const file = join(folder, "adapter_config.json");
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...settings }));
    return folder;
  }
  const other = readLoraExpected("whole").base;
  const without = changed({});
  rmSync(join(without, "adapter_model.safetensors"));

  test.each([
    {
      what: "another method of PEFT",
      llm: changed({ peft_type: "IA3" }),
      says: /peft_type is IA3, only LORA is merged here/,
    },
    {
      what: "DoRA",
      llm: changed({ use_dora: true }),
      says: /says use_dora, which is not merged here; merge it with PEFT's/,
    },
    { what: "trained tokens", llm: changed({ trainable_token_indices: [1] }), says: /says trainable_token_indices/ },
    {
      what: "a pattern that is none",
      llm: changed({ alpha_pattern: { "(": 1 } }),
      says: /alpha_pattern has "\(", which is no/,
    },
    {
      what: "a folder without its weights",
      llm: without,
      says: /has adapter_config\.json and no adapter_model\.safetensors or/,
    },
    {
      what: "a base of another size",
      llm: path,
      against: other,
      says: /changes a matrix of \(\d+, \d+\), ".*" of the base is \(\d+, \d+\)/,
    },
    { what: "a base for a model that is whole", llm: base, says: /^--base-llm: .* is no LoRA .*; leave it out$/ },
  ])("$what", async ({ llm, against, says }) => {
    await expect(openLlm(llm, { base: against ?? base })).rejects.toThrow(says);
  });

  test("a module that the base lacks, with the nearest names", async () => {
    const { base: tied } = readLoraExpected("table");
    await expect(openLlm(path, { base: tied })).rejects.toThrow(
      /linear: changes "lm_head\.weight", but .* has no tensor "lm_head\.weight"; the nearest names are .*; name the model that it was trained on$/,
    );
    expect([await isLora(path), await isLora(base)]).toEqual([true, false]);
  });
});

test("transfer takes the rows of a LoRA's table", async () => {
  const [lora, target, adapter] = ["to lora", "to", "from"].map((name) => join(root, name)) as [string, string, string];
  const spelled = ["▁the", "▁cat", "▁re", "d"];
  makeLlm(target, { tokenizer: sentencePieceTokenizer(spelled), hiddenSize: 4, dtype: "F32" });
  makeAdapter(adapter, { tokens: { Ġthe: 1, Ġcat: 2 } });
  const plain = await openLlm(target);
  const { vocabSize } = plain.table;
  // Of rank 1: every row of the table gets its id, times (1, 2, 3, 4), times alpha.
  mkdirSync(lora);
  await writeSafetensors(join(lora, "adapter_model.safetensors"), [
    floats("base_model.model.model.embed_tokens.lora_embedding_A", [1, vocabSize], (id) => id),
    floats("base_model.model.model.embed_tokens.lora_embedding_B", [4, 1], (at) => at + 1),
  ]);
  writeFileSync(join(lora, "adapter_config.json"), JSON.stringify({ peft_type: "LORA", r: 1, lora_alpha: 2 }));
  const output = join(root, "transferred");
  const flags = ["--output", output, "--align", "none", "--dtype", "f32"];
  const { exitCode, stderr } = await runCommand(Transfer, [adapter, lora, "--base-llm", target, ...flags]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const { tokenizer } = await openLlmVocabulary(lora, { base: target });
  const ids = ["▁the", "▁cat"].map((token) => tokenizer.idOfString.get(token)!);
  const before = await readRows(plain.table.tensor, ids);
  const { matrix } = await loadAdapter(output);
  const expected = ids.flatMap((id, row) => [0, 1, 2, 3].map((at) => before[row * 4 + at]! + 2 * id * (at + 1)));
  expect([...(await readRows(matrix!.tensor, [0, 1]))]).toEqual(expected.map(Math.fround));
  const alone = await runCommand(Transfer, [adapter, lora, "--output", join(root, "never")]);
  expect(alone.stderr).toMatch(/is a LoRA of another model .*; give the folder of that model with --base-llm/);
});

const floats = (name: string, shape: readonly number[], valueAt: (index: number) => number) => {
  const values = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, index) => valueAt(index));
  return { name, dtype: "F32" as const, shape, data: new Uint8Array(values.buffer) };
};
