import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { openTunedModel, type TunedModel } from "../../../src/vlm/llava-source.js";
import { loadAnswerer } from "../../../src/vlm/load-answerer.js";
import type { AdapterModel } from "../../../src/vlm/model-source.js";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../../src/checkpoint/weights.js";
import type { ExportResult } from "../../../src/export/format.js";
import { writeLlava, type LlavaRequest } from "../../../src/export/transformers/llava-format.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import type { FloatDtype } from "../../../src/tensor/dtype.js";
import { decodeFloats } from "../../../src/tensor/half.js";
import { planTransfer, type TransferPlanOptions } from "../../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../../src/transfer/transfer.js";
import { outputNames } from "../../helpers/output-names.js";
import { MODELS } from "../../helpers/goldens.js";
import { makeAdapter, randomTensor, safetensorsBytes } from "../../helpers/make-folders.js";
import { writeNumberedModel, type NumberedModel } from "../../helpers/numbered-weights.js";
import { llavaName, renamedCheckpoint } from "../../helpers/renamed-checkpoint.js";
import { FAMILIES, readWorldAnswers, WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const cacheFolder = join(root, "cache");
const vision = join(WORLD, "vision");

/** The golden tower, 32 wide. */
const tower = join(root, "tower");
cpSync(join(MODELS, "clip"), tower, { recursive: true });
cpSync(join(MODELS, "llava-hf-old", "preprocessor_config.json"), join(tower, "preprocessor_config.json"));

/** A SigLIP tower, 32 wide; test/goldens/make/vision_configs.py says what is in it. */
function siglipTower(): string {
  const goldens = JSON.parse(
    readFileSync(join(import.meta.dirname, "..", "..", "goldens", "vision-configs.json"), "utf8"),
  ) as readonly NumberedModel[];
  const folder = writeNumberedModel(
    root,
    goldens.find(({ name }) => name === "siglip_vision_model 1")!,
  );
  const processor = { image_processor_type: "SiglipImageProcessor", size: { height: 28, width: 28 } };
  writeFileSync(join(folder, "preprocessor_config.json"), JSON.stringify(processor));
  return folder;
}

let outputs = 0;
async function exported(
  parts: { readonly adapter: string; readonly llm: string; readonly vision?: string },
  request: Partial<LlavaRequest> = {},
): Promise<ExportResult & { readonly output: string }> {
  const output = join(root, `output-${outputs++}`);
  const options = { vision, ...parts, adapter: await loadAdapter(parts.adapter), output, cacheFolder };
  return { output, ...(await writeLlava({ ...options, toolVersion: "0.0.0-test", ...request })) };
}

/** Questions about pictures, with PyTorch's answers by one of the adapters. */
const QUESTIONS = readWorldAnswers().filter(({ llm, adapter }) => llm === "llama3" && adapter === "llama3/paper");

/** Prompts and answers of a model. */
async function ask(model: AdapterModel | TunedModel) {
  const loaded = await loadAnswerer({ model, threads: 1, cacheFolder });
  const { answerer } = loaded;
  try {
    const given = [];
    for (const { image, question } of QUESTIONS) {
      const bytes = readFileSync(join(WORLD, "images", image));
      const context = await answerer.open(await answerer.decode(bytes, image));
      const { text } = await context.answer(question, { maxNewTokens: 12 });
      given.push({ prompt: answerer.promptOf(question, { image: true }), answer: text });
    }
    return given;
  } finally {
    await loaded.dispose();
  }
}

const opened = (model: string): TunedModel => ({ model, hubCache: root });

async function read(folder: string, name: string): Promise<Float32Array> {
  const tensor = requireTensor(await openCheckpoint(folder), name);
  return decodeFloats(await readTensor(tensor), tensor.dtype as FloatDtype);
}

const readJson = (...path: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(join(...path), "utf8")) as Record<string, unknown>;

async function transferred(from: string, to: string, plan: Partial<TransferPlanOptions>): Promise<string> {
  const output = join(root, `moved-${outputs++}`);
  const planned = await planTransfer({ adapter: join(WORLD, "adapters", from), target: join(WORLD, to), ...plan });
  await executeTransfer(planned, { output, toolVersion: "0.0.0-test" });
  return output;
}

test.each(FAMILIES)("%s: one folder answers as adapter, LLM and tower do", async (family) => {
  const parts = { adapter: join(WORLD, "adapters", family, "mlp2x_gelu"), llm: join(WORLD, family), vision };
  const { output, remarks, checks } = await exported(parts);
  const given = await ask(opened(output));
  expect(given).toEqual(await ask(parts));
  expect(new Set(given.map(({ answer }) => answer)).size).toBeGreaterThan(2);
  expect(checks[0]).toContain("largest difference 0.0e+0");
  expect(remarks).toContain("chat template: the LLM's own, with images before the text of their message");
  const { imageToken, visionOptions } = await openTunedModel(opened(output));
  expect(visionOptions).toEqual({ selectLayer: -2, selectFeature: "not_first" });
  expect(remarks[1]).toContain(`token ${imageToken}, on a row added to the embedding table`);
});

test("an mm_vocab adapter is folded, and keeps its own vectors with --dtype f32", async () => {
  const parts = { adapter: join(WORLD, "adapters", "llama3", "paper-0"), llm: join(WORLD, "llama3"), vision };
  const [kept, whole] = [await exported(parts), await exported(parts, { dtype: "F32" })];
  const expected = await ask(parts);
  expect(await ask(opened(kept.output))).toEqual(expected);
  expect(await ask(opened(whole.output))).toEqual(expected);
  expect(expected.map(({ answer }) => answer)).toEqual(QUESTIONS.map(({ answer }) => answer.trim()));
  const dtypes = async (folder: string) =>
    new Set([...(await openCheckpoint(folder)).tensors.values()].map(({ dtype }) => dtype));
  expect([await dtypes(kept.output), await dtypes(whole.output)]).toEqual([new Set(["BF16"]), new Set(["F32"])]);
  expect(readJson(whole.output, "config.json")).toMatchObject({
    torch_dtype: "float32",
    text_config: { torch_dtype: "float32" },
    vision_config: { torch_dtype: "float32" },
  });
  const difference = (result: ExportResult): number => Number(/difference (\S+)/.exec(result.checks[0]!)![1]);
  expect(difference(whole)).toBeLessThan(1e-5);
  expect(difference(kept)).toBeLessThan(2 ** -6);
});

test("names and shapes are those of llava-hf's checkpoints, and what is copied keeps its bytes", async () => {
  const llm = join(WORLD, "llama2");
  const { output } = await exported({ adapter: join(WORLD, "adapters", "llama2", "mlp2x_gelu"), llm });
  const { tensors, files } = await openCheckpoint(output);
  const shapeOf = (name: string) => tensors.get(name)?.shape;
  expect(shapeOf("multi_modal_projector.linear_1.weight")).toEqual([80, 64]);
  expect(shapeOf("multi_modal_projector.linear_2.bias")).toEqual([80]);
  expect(shapeOf("language_model.model.embed_tokens.weight")).toEqual([1717, 80]);
  expect(shapeOf("language_model.lm_head.weight")).toEqual([1717, 80]);
  expect(shapeOf("vision_tower.vision_model.post_layernorm.weight")).toEqual([64]);
  expect([...tensors.keys()].filter((name) => !/^(vision_tower|multi_modal|language_model)/.test(name))).toEqual([]);
  const pairs = [
    [llm, "model.layers.3.mlp.down_proj.weight", "language_model.model.layers.3.mlp.down_proj.weight"],
    [vision, "vision_model.encoder.layers.2.mlp.fc1.bias", "vision_tower.vision_model.encoder.layers.2.mlp.fc1.bias"],
  ] as const;
  for (const [folder, was, is] of pairs) expect(await read(output, is)).toEqual(await read(folder, was));
  const { metadata } = [...files.values()][0]!;
  const { langbridge } = readJson(output, "config.json") as { langbridge: { llm: { identity: string } } };
  expect(metadata).toMatchObject({ format: "pt", tool: "langbridge 0.0.0-test", llm: langbridge.llm.identity });
});

test("a row that is added is the mean of the others, and a tied head stays tied", async () => {
  const llm = join(WORLD, "qwen2");
  const { output } = await exported({ adapter: join(WORLD, "adapters", "qwen2", "mlp2x_gelu"), llm });
  const table = await read(output, "language_model.model.embed_tokens.weight");
  const was = await read(llm, "model.embed_tokens.weight");
  expect(table.subarray(0, was.length)).toEqual(was);
  const column = was.filter((_, i) => i % 64 === 5);
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  expect(table[was.length + 5]! / mean).toBeCloseTo(1, 2);
  expect((await openCheckpoint(output)).tensors.has("language_model.lm_head.weight")).toBe(false);
  expect(readJson(output, "config.json")).toMatchObject({
    image_token_index: 1664,
    tie_word_embeddings: true,
    text_config: { vocab_size: 1665, tie_word_embeddings: true },
  });
});

describe("a projector of another shape", () => {
  test("fewer hidden units than the LLM is wide are followed by zeroes, which change nothing", async () => {
    const source = join(WORLD, "qwen2");
    const adapter = await transferred("qwen2/mlp2x_gelu", "llama2", { align: "ridge", source });
    const parts = { adapter, llm: join(WORLD, "llama2"), vision };
    const { output, remarks, checks } = await exported(parts);
    expect(remarks[0]).toBe("projector: mlp2x_gelu as Linear, GELU, Linear of 64 hidden units, and 16 that are zero");
    expect(checks[0]).toContain("largest difference 0.0e+0");
    const first = await read(output, "multi_modal_projector.linear_1.weight"); // (80, 64)
    expect(first.subarray(0, 64 * 64)).toEqual(await read(adapter, "mm_projector.0.weight"));
    expect(first.subarray(64 * 64).every((value) => value === 0)).toBe(true);
    const second = await read(output, "multi_modal_projector.linear_2.weight"); // (80, 80)
    const own = await read(adapter, "mm_projector.2.weight"); // (80, 64)
    expect(second.subarray(79 * 80, 79 * 80 + 64)).toEqual(own.subarray(79 * 64));
    expect(second.every((value, i) => i % 80 < 64 || value === 0)).toBe(true);
    expect(await ask(opened(output))).toEqual(await ask(parts));
  });

  test("one that was re-indexed to another LLM is carried as any other", async () => {
    const adapter = await transferred("llama2/anchored", "llama3", { align: "none" });
    const parts = { adapter, llm: join(WORLD, "llama3"), vision };
    const { output } = await exported(parts);
    expect(await ask(opened(output))).toEqual(await ask(parts));
    expect(readJson(output, "config.json")).toMatchObject({
      langbridge: { adapter: { transfer: { align: "none", target: { name: "llama3" } } } },
    });
  });

  /** A linear projector in front of the golden tower, 32 wide. */
  const linear = (width: number): string => {
    const folder = join(root, `linear-${width}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "model.safetensors"),
      safetensorsBytes({
        "mm_projector.weight": randomTensor([width, 32], 1),
        "mm_projector.bias": randomTensor([width], 2),
      }),
    );
    return folder;
  };

  test("a linear one becomes two layers, because x = GELU(x) - GELU(-x)", async () => {
    const parts = { adapter: linear(80), llm: join(WORLD, "llama2"), vision: tower };
    const { output, checks, remarks } = await exported(parts, { dtype: "F32" });
    expect(remarks[0]).toBe("projector: linear as Linear, GELU, Linear of 64 hidden units, and 16 that are zero");
    expect(Number(/difference (\S+)/.exec(checks[0]!)![1])).toBeLessThan(1e-6);
    expect(await ask(opened(output))).toEqual(await ask(parts));
    expect(readJson(output, "preprocessor_config.json")["do_pad"]).toBeUndefined();
  });

  test("a tower of another dtype than the LLM is said, because transformers loads both in one", async () => {
    const wide = join(root, "tower-f32");
    cpSync(join(MODELS, "clip-gelu"), wide, { recursive: true });
    cpSync(join(tower, "preprocessor_config.json"), join(wide, "preprocessor_config.json"));
    const parts = { adapter: linear(80), llm: join(WORLD, "llama2"), vision: wide };
    const said = "dtype: transformers loads all weights as BF16, though some are stored as F32";
    expect((await exported(parts)).remarks).toContain(said);
    expect((await exported(parts, { dtype: "BF16" })).remarks).not.toContain(said);
  });

  test("what cannot be carried is one line with the way out", async () => {
    const refusal = (adapter: string, llm: string, tower = vision): Promise<string> =>
      exported({ adapter, llm: join(WORLD, llm), vision: tower }).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await refusal(join(WORLD, "adapters", "qwen2", "paper-0"), "qwen2")).toMatch(
      /paper-0: the mm_vocab projector has 96 hidden units, and LlavaForConditionalGeneration has as many as the LLM is wide, 64; --format onnx carries it$/,
    );
    expect(await refusal(linear(64), "qwen2", tower)).toBe("");
    expect(await refusal(linear(62), "qwen2", tower)).toContain(
      "linear projector takes 64 hidden units as two layers, and LlavaForConditionalGeneration has as many as the LLM is wide, 62;",
    );
    const decoding = await transferred("llama2/paper-0", "llama3", { align: "sparse", source: join(WORLD, "llama2") });
    expect(await refusal(decoding, "llama3")).toMatch(
      /was transferred with --align sparse, which decodes every patch at run time, .*; transfer it with --align none, ridge or procrustes, or take --format onnx$/,
    );
    expect(await refusal(join(WORLD, "adapters", "qwen2", "mlp2x_gelu"), "llama2")).toContain(
      "the adapter makes vectors of 64 numbers, the LLM has 80",
    );
    expect(readdirSync(root).filter((name) => name.endsWith(".partial"))).toEqual([]);
    await expect(
      exported(
        { adapter: join(WORLD, "adapters", "qwen2", "mlp2x_gelu"), llm: join(WORLD, "qwen2") },
        { llm: undefined },
      ),
    ).rejects.toThrow("--llm: is missing; --format hf writes adapter, LLM and vision tower as one model");
  });
});

test("LLaVA's folder of a model tuned as a whole, tower included, becomes transformers' tensor for tensor", async () => {
  const original = join(MODELS, "llava-hf-old");
  const tuned = join(root, "tuned");
  cpSync(original, tuned, { recursive: true });
  writeFileSync(join(tuned, "model.safetensors"), renamedCheckpoint(join(original, "model.safetensors"), llavaName));
  const text = readJson(original, "config.json")["text_config"] as object;
  const config = {
    ...{ ...text, model_type: "llava_qwen", max_position_embeddings: 2048 },
    ...{ mm_projector_type: "mlp2x_gelu", mm_hidden_size: 32 },
    ...{ mm_vision_select_layer: -1, mm_vision_select_feature: "cls_patch" },
  };
  writeFileSync(join(tuned, "config.json"), JSON.stringify(config));
  // Of the same sizes, with other weights than the tuned tower.
  const { output } = await exported({ adapter: tuned, llm: tuned, vision: tower });
  const [was, is] = [await openCheckpoint(original), await openCheckpoint(output)];
  expect([...is.tensors.keys()].sort()).toEqual([...was.tensors.keys()].sort());
  for (const [name, tensor] of was.tensors) {
    expect(Buffer.compare(await readTensor(is.tensors.get(name)!), await readTensor(tensor))).toBe(0);
  }
  const written = readJson(output, "config.json");
  expect(written["text_config"]).toEqual({
    ...{ ...text, max_position_embeddings: 2048, tie_word_embeddings: false },
  });
  expect(written).toMatchObject({
    vision_feature_layer: -1,
    vision_feature_select_strategy: "full",
    image_seq_length: 37,
  });
});

describe("files", () => {
  const parts = { adapter: join(WORLD, "adapters", "llama3", "mlp2x_gelu"), llm: join(WORLD, "llama3") };

  test("the same input gives the same bytes, in shards too", async () => {
    const [one, two] = [await exported(parts, { maxShardBytes: 5e5 }), await exported(parts, { maxShardBytes: 5e5 })];
    const names = outputNames(one.output);
    expect(names.filter((name) => name.endsWith(".safetensors")).length).toBeGreaterThan(2);
    expect(names).toContain("model.safetensors.index.json");
    expect(outputNames(two.output)).toEqual(names);
    for (const name of names) {
      expect(Buffer.compare(readFileSync(join(one.output, name)), readFileSync(join(two.output, name)))).toBe(0);
    }
    expect(one.files.map(({ name }) => name)).toEqual(names);
    expect(await ask(opened(one.output))).toEqual(await ask({ ...parts, vision }));
  });

  test("settings keep the spelling of their numbers, and say how often the image token stands for an image", async () => {
    const { output } = await exported(parts);
    const config = readFileSync(join(output, "config.json"), "utf8");
    expect(config).toContain('"factor": 8.0,');
    expect(config).toContain('"rms_norm_eps": 1e-06,');
    expect(JSON.parse(config)).toMatchObject({ image_seq_length: 4, image_token_index: 1678, model_type: "llava" });
    expect(readJson(output, "processor_config.json")).toEqual({
      ...{ processor_class: "LlavaProcessor", image_token: "<image>", patch_size: 16 },
      ...{ num_additional_image_tokens: 1, vision_feature_select_strategy: "default" },
    });
    expect(readJson(output, "preprocessor_config.json")).toMatchObject({
      image_processor_type: "LlavaImageProcessor",
      do_pad: true,
    });
    expect(readFileSync(join(output, "generation_config.json"))).toEqual(
      readFileSync(join(parts.llm, "generation_config.json")),
    );
  });

  test("an LLM with a token for images and one with a spare row keep their tables", async () => {
    const own = await exported({ ...parts, llm: withTokens("own", ["<image>"]) });
    expect(own.remarks[1]).toBe("image token: <image> is token 1678, the tokenizer's own");
    const spare = await exported({ ...parts, llm: withTokens("spare", []) });
    expect(spare.remarks[1]).toBe(
      "image token: <image> is token 1678, on a row of the embedding table that had no token",
    );
    for (const { output } of [own, spare]) {
      expect((await read(output, "language_model.model.embed_tokens.weight")).length).toBe(1680 * 96);
      expect(await ask(opened(output))).toEqual(await ask({ ...parts, vision }));
    }
    const added = (folder: string) => readJson(folder, "tokenizer.json")["added_tokens"] as { content: string }[];
    expect(added(own.output).filter(({ content }) => content === "<image>")).toHaveLength(1);
    expect(added(spare.output).at(-1)).toMatchObject({ id: 1678, content: "<image>", special: true });
  });

  /** Llama 3 of the small world with two rows more, and these tokens behind its own. */
  function withTokens(name: string, tokens: readonly string[]): string {
    const folder = join(root, `llama3-${name}`);
    cpSync(parts.llm, folder, { recursive: true });
    const config = readJson(folder, "config.json");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, vocab_size: 1680 }));
    const tokenizer = readJson(folder, "tokenizer.json");
    const added = tokens.map((content, i) => ({ id: 1678 + i, content, special: true, normalized: false }));
    const all = [...(tokenizer["added_tokens"] as object[]), ...added];
    writeFileSync(join(folder, "tokenizer.json"), JSON.stringify({ ...tokenizer, added_tokens: all }));
    writeFileSync(join(folder, "model.safetensors"), grown(readFileSync(join(folder, "model.safetensors"))));
    return folder;
  }

  /** The same checkpoint with two zero rows behind each of its two tables. */
  function grown(bytes: Buffer): Buffer {
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    const parts: Buffer[] = [];
    let at = 0;
    for (const [name, entry] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const data = bytes.subarray(...(entry.data_offsets.map((offset) => 8 + length + offset) as [number, number]));
      const isTable = entry.shape[0] === 1678;
      const rows = isTable ? Buffer.alloc(2 * 2 * 96) : Buffer.alloc(0);
      if (isTable) entry.shape[0] = 1680;
      entry.data_offsets = [at, at + data.length + rows.length];
      at = entry.data_offsets[1];
      parts.push(data, rows);
    }
    const json = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([size, json, ...parts]);
  }

  test("an earlier export is replaced with force alone, nothing else at all, and nothing half-done stays", async () => {
    const { output } = await exported(parts);
    await expect(exported(parts, { output })).rejects.toThrow(/is not empty; choose another folder, or replace it/);
    const aborted = new AbortController();
    aborted.abort();
    const nowhere = join(root, "nowhere");
    await expect(exported(parts, { output: nowhere, signal: aborted.signal })).rejects.toThrow(/interrupted/);
    expect(existsSync(nowhere)).toBe(false);
    await exported(parts, { output, force: true });
    writeFileSync(join(output, "NOTES.md"), "mine");
    await expect(exported(parts, { output, force: true })).rejects.toThrow("--force would delete NOTES.md, which");
    expect(readFileSync(join(output, "NOTES.md"), "utf8")).toBe("mine");
  });
});

describe("an adapter of a SigLIP tower", () => {
  const { hidden_size: width } = JSON.parse(readFileSync(join(WORLD, "qwen2", "config.json"), "utf8")) as {
    readonly hidden_size: number;
  };
  const made = (name: string, config: object): string => {
    const adapter = join(root, name);
    const matrix = randomTensor([3, width], 5);
    makeAdapter(adapter, { tokens: { a: 1, b: 2, c: 3 }, matrix, visionHiddenSize: 32, config });
    return adapter;
  };

  test.each([
    ["patch", "full", 16],
    ["not_first", "default", 15],
  ] as const)(
    "that takes %s is written with the strategy %s, and without a pooling head",
    async (feature, strategy, length) => {
      const adapter = made(feature, { mm_vision_select_feature: feature });
      const { output } = await exported({ adapter, llm: join(WORLD, "qwen2"), vision: siglipTower() });
      const config = JSON.parse(readFileSync(join(output, "config.json"), "utf8")) as object;
      expect(config).toMatchObject({
        ...{ vision_feature_select_strategy: strategy, image_seq_length: length },
        vision_config: { model_type: "siglip_vision_model", vision_use_head: false },
      });
      const names = [...(await openCheckpoint(output)).tensors.keys()];
      expect(names.filter((name) => /head\./.test(name) && !/lm_head/.test(name))).toEqual([]);
      const { visionOptions } = await openTunedModel(opened(output));
      expect(visionOptions.selectFeature).toBe(strategy === "default" ? "not_first" : "cls_patch");
    },
  );
});
