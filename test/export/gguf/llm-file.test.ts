import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { writeGguf } from "../../../src/checkpoint/gguf/write.js";
import { text } from "../../../src/checkpoint/gguf/written-keys.js";
import { exportAdapter, type ExportOptions } from "../../../src/export/export.js";
import { checkGguf } from "../../../src/export/gguf/check-gguf.js";
import { checkLlmFile } from "../../../src/export/gguf/check-llm-file.js";
import { openGgufParts } from "../../../src/export/gguf/gguf-parts.js";
import { planLlmFile } from "../../../src/export/gguf/plan-llm-file.js";
import { planMmproj, type PlannedFile } from "../../../src/export/gguf/plan-mmproj.js";
import { ggufTensor } from "../../../src/export/gguf/written-tensor.js";
import { modelFiles, type ModelFiles } from "../../../src/files/model-files.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { streamFloats } from "../../../src/files/stream-floats.js";
import { hasAllWeights } from "../../../src/model/llm/decoder-graph.js";
import { readDecoderSpec } from "../../../src/model/llm/llm-families.js";
import { openLlm, type LlmFolder } from "../../../src/model/llm/llm-folder.js";
import { llamaCppTemplate } from "../../../src/export/transformers/llava-template.js";
import { loadChatTemplate } from "../../../src/prompt/chat-template.js";
import { withWorker } from "../../../src/runtime/sessions/client.js";
import type { CheckpointTensor } from "../../../src/tensor/tensor-info.js";
import { GGUF } from "../../helpers/gguf-goldens.js";
import { randomTensor, safetensorsBytes } from "../../helpers/make-folders.js";
import { readJson } from "../../helpers/read-json.js";
import { FAMILIES, WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const vision = join(WORLD, "vision");
const TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const;
const TEMPLATE_KEY = "tokenizer.chat_template";
const golden = readJson(join(import.meta.dirname, "..", "..", "goldens", "llm-gguf.json")) as Record<string, string>;

let count = 0;
async function written(plan: PlannedFile): Promise<string> {
  const path = join(root, `${count++}.gguf`);
  const tensors = plan.tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await writeGguf(
    path,
    plan.keys,
    tensors.map((tensor) => ggufTensor(tensor, undefined)),
  );
  return path;
}

describe.each(FAMILIES)("%s", (family) => {
  test.each(TYPES)("every byte of a file of %s is as the package gguf writes it", async (type) => {
    const llm = await openLlm(join(WORLD, family));
    const planned = await planLlmFile(llm, { type, origin: {} });
    const own = (await loadChatTemplate(llm.files))!.source;
    expect(planned.keys.get(TEMPLATE_KEY)?.value).toBe(llamaCppTemplate(own));
    // The package is given the LLM's own.
    const plan = { ...planned, keys: new Map(planned.keys).set(TEMPLATE_KEY, text(own)) };
    const path = await written(plan);
    expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(golden[`${family} ${type}`]);
    await expect(checkGguf(path, plan)).resolves.toContain("read back as they were meant");
    await expect(checkLlmFile(path, llm)).resolves.toContain("tokens of 11 texts read back the same");
    expect((await loadChatTemplate((await openLlm(path)).files))?.source).toBe(own);
  });
});

test("an LLM whose matrices lie in blocks is written again: in the same blocks, the same numbers", async () => {
  const first = await planLlmFile(await openLlm(join(WORLD, "llama2")), { type: "Q8_0", origin: {} });
  const blocks = await openLlm(await written(first));
  expect(hasAllWeights(blocks)).toBe(true);
  const again = await openLlm(await written(await planLlmFile(blocks, { type: "Q8_0", origin: {} })));
  const name = "model.layers.0.mlp.down_proj.weight";
  const numbersOf = async ({ checkpoint }: LlmFolder): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of streamFloats(checkpoint.tensors.get(name)!, "F32")) chunks.push(Uint8Array.from(chunk));
    return Buffer.concat(chunks);
  };
  expect((await numbersOf(again)).equals(await numbersOf(blocks))).toBe(true);
});

/** A SentencePiece tokenizer of five tokens. */
function tinyTokenizer(changes: object = {}, config: object = {}): ModelFiles {
  const folder = join(root, `tokenizer-${count++}`);
  mkdirSync(folder);
  const tokens = ["<unk>", "<s>", "</s>", "▁", "a", "▁a"];
  const special = (id: number) => ({
    ...{ id, content: tokens[id], single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
  });
  const tokenizer = {
    version: "1.0",
    added_tokens: [0, 1, 2].map(special),
    normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "Sequence", decoders: [{ type: "ByteFallback" }, { type: "Fuse" }] },
    model: {
      ...{ type: "BPE", unk_token: "<unk>", fuse_unk: true, byte_fallback: true },
      ...{ vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: ["▁ a"] },
    },
    ...changes,
  };
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  const roles = { bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>", ...config };
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(roles));
  return modelFiles(folder);
}

/** A golden LLM with another tokenizer, its numbers in memory: only folders are written as files. */
async function goldenLlm(name: string, files = tinyTokenizer()): Promise<LlmFolder> {
  const llm = await openLlm(join(GGUF, `${name}.gguf`));
  const held = async (tensor: CheckpointTensor): Promise<CheckpointTensor> => {
    const { dtype, shape, file, byteLength } = tensor;
    return { name: tensor.name, dtype, shape, file, byteLength, bytes: await readTensor(tensor) };
  };
  const { checkpoint, table } = llm;
  const entries = [...checkpoint.tensors].map(async ([own, tensor]) => [own, await held(tensor)] as const);
  const tensors = new Map(await Promise.all(entries));
  const tensor = tensors.get(table.tensor.name) as typeof table.tensor;
  return { ...llm, files, checkpoint: { ...checkpoint, tensors }, table: { ...table, tensor } };
}

async function numbersOf({ checkpoint }: LlmFolder): Promise<Record<string, string>> {
  const entries = [...checkpoint.tensors].map(async ([name, tensor]) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of streamFloats(tensor, "F32")) chunks.push(chunk);
    return [name, `${tensor.shape.join()} ${Buffer.concat(chunks).toString("hex")}`] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

test.each(["gemma", "gemma2", "gemma3", "qwen3", "qwen2-tied", "llama-biased-linear-rope", "llama3-rope"])(
  "%s reads back as the same tensors and settings",
  async (name) => {
    const llm = await goldenLlm(name);
    const path = await written(await planLlmFile(llm, { type: "F32", origin: { llm: name } }));
    const back = await openLlm(path);
    expect(await numbersOf(back)).toEqual(await numbersOf(llm));
    expect(readDecoderSpec(back.config, path)).toEqual(readDecoderSpec(llm.config, name));
  },
);

test("a token of a SentencePiece tokenizer has the rank of its first merge, and is named for what it is", async () => {
  const { keys } = await planLlmFile(await goldenLlm("gemma"), { type: "F32", origin: {} });
  const value = (key: string) => keys.get(`tokenizer.ggml.${key}`)?.value;
  expect((value("tokens") as string[]).slice(0, 7)).toEqual(["<unk>", "<s>", "</s>", "▁", "a", "▁a", "[PAD6]"]);
  expect((value("token_type") as number[]).slice(0, 7)).toEqual([2, 3, 3, 1, 1, 1, 5]);
  expect((value("scores") as number[]).slice(3, 6)).toEqual([-1e6, -1e6, -0]);
  expect([value("add_space_prefix"), value("add_bos_token"), value("bos_token_id")]).toEqual([false, false, 1]);
});

const split = (pattern: object) => ({ type: "Split", pattern, behavior: "Isolated", invert: false });
const byteLevel = {
  normalizer: null,
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] },
  added_tokens: [],
};
const plain = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };

test.each([
  [{ ...byteLevel, pre_tokenizer: { ...plain, use_regex: true } }, "gpt-2"],
  [
    {
      ...byteLevel,
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Digits", individual_digits: true },
          { ...plain, use_regex: true },
        ],
      },
    },
    "smollm",
  ],
])("a byte-level tokenizer is named for how it splits: %#", async (changes, name) => {
  const llm = await goldenLlm("qwen3", tinyTokenizer(changes, { bos_token: null, eos_token: null, unk_token: null }));
  const { keys } = await planLlmFile(llm, { type: "F32", origin: {} });
  expect(keys.get("tokenizer.ggml.pre")!.value).toBe(name);
  expect(keys.get("tokenizer.ggml.merges")!.value).toEqual(["a b"]);
});

describe("what llama.cpp would do otherwise is refused", () => {
  test.each([
    [
      { ...byteLevel, pre_tokenizer: { type: "Sequence", pretokenizers: [split({ Regex: "\\w+" }), plain] } },
      "llama.cpp has no name for the way in which it splits text; known here are qwen2",
    ],
    [{ normalizer: { type: "NFKC" } }, 'llama.cpp has no "NFKC" for a SentencePiece tokenizer'],
    [
      {
        post_processor: {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "</s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
          pair: [],
          special_tokens: { "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] } },
        },
      },
      "the tokenizer puts tokens 2 before every text; llama.cpp puts its BOS alone",
    ],
  ])("a tokenizer of %j", async (changes, message) => {
    const llm = await goldenLlm("gemma", tinyTokenizer(changes));
    await expect(planLlmFile(llm, { type: "F32", origin: {} })).rejects.toThrow(message);
  });

  test.each([
    [
      "qwen3",
      { rope_scaling: { rope_type: "yarn", factor: 2, original_max_position_embeddings: 32 } },
      "stretches positions by YaRN",
    ],
    ["gemma2", { query_pre_attn_scalar: 7 }, "multiplies attention scores by 0.37796, llama.cpp does so by"],
    ["gemma3", { sliding_window_pattern: 2 }, "llama.cpp has them see all in every 6th layer alone"],
    ["gemma", { model_type: "ministral" }, 'model_type is "ministral", which --format gguf does not write'],
  ])("%s with %j", async (name, change, message) => {
    const llm = await goldenLlm(name);
    const changed = { ...llm, config: { ...(llm.config as object), ...change } };
    await expect(planLlmFile(changed, { type: "F32", origin: {} })).rejects.toThrow(message);
  });

  test("a tokenizer that llama.cpp would merge otherwise", async () => {
    const llm = await openLlm(join(WORLD, "qwen2"));
    const path = await written(await planLlmFile(llm, { type: "F32", origin: {} }));
    const other = await openLlm(join(WORLD, "qwen2"));
    const changed = { ...other, files: modelFiles(join(WORLD, "llama3")) };
    await expect(checkLlmFile(path, changed)).rejects.toThrow(
      "llama.cpp would make other tokens than this tokenizer of",
    );
  });
});

describe("pictures of an LLM that multiplies its input embeddings", () => {
  /** An ordinary projector from the small world's tower to an LLM of some width. */
  async function factorOf(name: string, config: object): Promise<number> {
    const llm = await goldenLlm(name);
    const width = llm.table.hiddenSize;
    const folder = join(root, `adapter-${count++}`);
    mkdirSync(folder);
    const own = { model_type: "llava", mm_projector_type: "mlp2x_gelu", mm_hidden_size: 64, ...config };
    writeFileSync(join(folder, "config.json"), JSON.stringify(own));
    const tensors = {
      "model.mm_projector.0.weight": randomTensor([width, 64], 1),
      "model.mm_projector.0.bias": randomTensor([width], 2),
      "model.mm_projector.2.weight": randomTensor([width, width], 3),
      "model.mm_projector.2.bias": randomTensor([width], 4),
    };
    writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(tensors));
    const request = { adapter: await loadAdapter(folder), vision, llm: join(GGUF, `${name}.gguf`) };
    const parts = await withWorker((client) =>
      openGgufParts({ ...request, output: root, cacheFolder: root, toolVersion: "" }, client),
    );
    const { tensors: planned } = planMmproj(parts.mmproj);
    return planned.find((tensor) => tensor.name === "mm.2.weight")!.factor! * Math.sqrt(width);
  }

  test.each([
    // Gemma 1 and 2 are multiplied by llama.cpp, so that what transformers before 5.4 multiplied is left as it is.
    ["gemma", { transformers_version: "4.57.0" }, "width"],
    ["gemma2", { transformers_version: "5.5.0" }, "one"],
    // Gemma 3's pictures are multiplied by neither.
    ["gemma3", { transformers_version: "5.5.0" }, "width"],
  ])("%s, trained with %j", async (name, config, expected) => {
    const llm = await openLlm(join(GGUF, `${name}.gguf`));
    expect(await factorOf(name, config)).toBeCloseTo(expected === "one" ? 1 : Math.sqrt(llm.table.hiddenSize), 5);
  });
});

async function exported(options: Partial<ExportOptions>) {
  const adapter = join(WORLD, "adapters", "qwen2", "mlp2x_gelu");
  const common = { adapter, vision, format: "gguf", cacheFolder: root, toolVersion: "0.0.0-test" } as const;
  return exportAdapter({ ...common, output: join(root, `output-${count++}`), ...options });
}

test("with --llm the LLM is written beside the mmproj file", async () => {
  const { files, checks, remarks, usage, output } = await exported({ llm: join(WORLD, "qwen2"), dtype: "Q4" });
  expect(files.map(({ name }) => name)).toEqual(["README.md", "mmproj-Q4_0.gguf", "model-Q4_0.gguf"]);
  expect(checks[2]).toBe("the LLM's settings and its tokens of 11 texts read back the same");
  const card = readFileSync(join(output, "README.md"), "utf8");
  for (const line of [
    "llama-mtmd-cli -m model-Q4_0.gguf --mmproj mmproj-Q4_0.gguf --image photo.jpg",
    "llama-server -m model-Q4_0.gguf --mmproj mmproj-Q4_0.gguf",
    "FROM ./model-Q4_0.gguf\nFROM ./mmproj-Q4_0.gguf\n",
    "Not run here",
    "- class token: llama.cpp since May 2025",
    "- LLM: qwen2",
  ]) {
    expect(card).toContain(line);
  }
  expect(remarks).toContain("Q4_0: the embedding table and the output head are Q8_0");
  expect(remarks.join("\n")).toContain("the tokenizer puts characters together (NFC), llama.cpp does not");
  expect(usage.lines[1]).toBe(
    `llama-server -m ${join(output, "model-Q4_0.gguf")} --mmproj ${join(output, "mmproj-Q4_0.gguf")}`,
  );
});

test("an LLM that is a GGUF file goes beside the mmproj file as it is", async () => {
  const llm = await written(await planLlmFile(await openLlm(join(WORLD, "qwen2")), { type: "F32", origin: {} }));
  const { files, remarks, usage } = await exported({ llm });
  expect(files.map(({ name }) => name)).toEqual(["README.md", "mmproj-F16.gguf"]);
  expect(remarks).toContain("LLM: is a GGUF file already, and goes beside the mmproj file as it is");
  expect(usage.lines[0]).toContain(`-m ${llm} --mmproj`);
});

test("an adapter of another LLM's width is refused", async () => {
  await expect(exported({ llm: join(WORLD, "llama3") })).rejects.toThrow("the LLM has 96");
});
