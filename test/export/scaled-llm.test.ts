import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../src/checkpoint/weights.js";
import { explainImages } from "../../src/explain/explain.js";
import { planExplanation } from "../../src/explain/plan-explanation.js";
import { exportAdapter, type ExportOptions } from "../../src/export/export.js";
import { readTensor } from "../../src/files/read-tensor.js";
import { projectorInputSize, type ProjectorWeights } from "../../src/model/projector/projector-graph.js";
import { decodeFloats } from "../../src/tensor/half.js";
import { planTransfer } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import { openTunedModel } from "../../src/vlm/llava-source.js";
import { int64 } from "../helpers/exported-llm.js";
import { CONFIG_GOLDENS } from "../helpers/llm-config-goldens.js";
import { byteLevelTokenizer, makeLlm, tokenizerSize } from "../helpers/make-folders.js";
import { writeNumberedModel } from "../helpers/numbered-weights.js";
import { runOnnxFile } from "../helpers/onnx-file.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { withModel } from "../helpers/with-model.js";
import { writeWordAdapter } from "../helpers/word-adapter.js";

const root = temporaryFolder();
const cacheFolder = join(root, "cache");
const vision = join(WORLD, "vision");
const [FEATURES, IMAGE_SIZE, PATCHES] = [64, 32, 4];
const tokenizer = byteLevelTokenizer(["Ġthe", "Ġcat", "Ġred", "Ġbird"], ["<bos>", "<eos>"]);
const { vocab } = (tokenizer as { model: { vocab: Record<string, number> } }).model;
const WORD = "Ġred";
const TOKENS = Object.fromEntries(["Ġthe", "Ġcat", WORD, "Ġbird"].map((token) => [token, vocab[token]!]));
/** The root of 32, the width of every LLM here. */
const SCALE = Math.sqrt(32);

/** A small LLM that runs and multiplies its input embeddings, and its rows. */
async function scaledLlm(type: string) {
  const golden = CONFIG_GOLDENS.find(({ config }) => (config as { model_type: string }).model_type === type)!;
  const rows = tokenizerSize(tokenizer);
  const folder = writeNumberedModel(root, {
    ...golden,
    name: type,
    config: { ...golden.config, vocab_size: rows, bos_token_id: vocab["<bos>"], eos_token_id: vocab["<eos>"] },
    tensors: golden.tensors.map(([name, [first, ...sizes], ...numbers]) => {
      return [
        name,
        [/embed_tokens/.test(name) ? rows : first!, ...sizes],
        ...numbers,
      ] as (typeof golden.tensors)[number];
    }),
  });
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  const table = requireTensor(await openCheckpoint(folder), "model.embed_tokens.weight");
  const values = decodeFloats(await readTensor(table), "BF16");
  return { folder, rowOf: (token: string): Float32Array => values.slice(vocab[token]! * 32, (vocab[token]! + 1) * 32) };
}

const TYPES = ["gemma", "gemma2", "gemma3_text"] as const;
const LLMS = Object.fromEntries(await Promise.all(TYPES.map(async (type) => [type, await scaledLlm(type)] as const)));

let outputs = 0;
const newFolder = (): string => join(root, `output-${outputs++}`);

/** Adapters that make the word of every patch, and what their vectors are multiplied by. */
const ADAPTERS = {
  transferred: {
    scale: () => SCALE,
    make: async (type: string) => {
      const folder = join(root, "qwen2");
      const table = makeLlm(folder, { tokenizer, hiddenSize: 16, dtype: "F32" });
      const rowOf = (token: string): Float32Array => table.values.slice(vocab[token]! * 16, (vocab[token]! + 1) * 16);
      const adapter = writeWordAdapter(newFolder(), { tokens: TOKENS, rowOf, word: WORD, features: FEATURES });
      const output = newFolder();
      const plan = await planTransfer({ adapter, target: LLMS[type]!.folder, align: "none" });
      await executeTransfer(plan, { output, toolVersion: "0.0.0-test" });
      return output;
    },
  },
  "trained by transformers 4.42": {
    scale: (type: string) => (type === "gemma3_text" ? 1 : SCALE),
    make: (type: string) => Promise.resolve(foreign(type, "4.42.4")),
  },
  "trained by transformers 5.24": {
    scale: () => 1,
    make: (type: string) => Promise.resolve(foreign(type, "5.24.0")),
  },
} as const;

function foreign(type: string, transformers_version: string): string {
  const config = { transformers_version };
  const { rowOf } = LLMS[type]!;
  return writeWordAdapter(newFolder(), { tokens: TOKENS, rowOf, word: WORD, features: FEATURES, config });
}

async function exported(adapter: string, llm: string | undefined, options: Partial<ExportOptions>): Promise<string> {
  const output = newFolder();
  const common = { vision, cacheFolder, toolVersion: "0.0.0-test" };
  await exportAdapter({ adapter, llm, output, ...common, ...options } as ExportOptions);
  return output;
}

const patchOf = (projector: ProjectorWeights): Promise<readonly number[]> =>
  withModel({ adapter: projector, cacheFolder, threads: 1 }, async ({ adapter }) => {
    return [...(await adapter!.project(new Float32Array(projectorInputSize(projector)))).embeddings];
  });

function expectClose(found: readonly number[], row: Float32Array, scale: number): void {
  const largest = Math.max(...row.map(Math.abs)) * scale;
  found.forEach((value, i) => expect(Math.abs(value - row[i % row.length]! * scale)).toBeLessThan(1e-5 * largest));
}

const CASES = TYPES.flatMap((type) =>
  Object.entries(ADAPTERS).map(([kind, { make, scale }]) => [kind, type, make, scale(type)] as const),
);

describe("in front of an LLM that multiplies its input embeddings, the vectors of pictures are", () => {
  test.each(CASES)("of an adapter %s for %s as long in a model for transformers", async (_, type, make, scale) => {
    const { folder, rowOf } = LLMS[type]!;
    const model = await exported(await make(type), folder, { format: "hf", dtype: "F32" });
    const { projector } = await openTunedModel({ model, hubCache: root });
    expectClose(await patchOf(projector), rowOf(WORD), scale);
  });

  test.each(CASES)("of an adapter %s for %s as long in ONNX models", async (_, type, make, scale) => {
    const { folder, rowOf } = LLMS[type]!;
    const model = await exported(await make(type), folder, { format: "onnx" });
    const pixels = { data: new Float32Array(3 * IMAGE_SIZE ** 2), dims: [1, 3, IMAGE_SIZE, IMAGE_SIZE] };
    const file = (name: string): string => join(model, "onnx", `${name}.onnx`);
    const { image_features } = await runOnnxFile(file("vision_encoder"), { pixel_values: pixels });
    const vectors = image_features!.data as Float32Array;
    expect(vectors.length).toBe(PATCHES * 32);
    expectClose([...vectors], rowOf(WORD), scale);
    const { inputs_embeds } = await runOnnxFile(file("embed_tokens"), { input_ids: int64([[TOKENS[WORD]!]]) });
    expectClose([...(inputs_embeds!.data as Float32Array)], rowOf(WORD), SCALE);
  });

  test.each(TYPES)("of an adapter transferred to %s as long without its LLM", async (type) => {
    const adapter = await ADAPTERS.transferred.make(type);
    const model = await exported(adapter, undefined, { format: "onnx", vision: undefined });
    const features = { data: new Float32Array(FEATURES), dims: [1, FEATURES] };
    const { embeddings } = await runOnnxFile(join(model, "onnx", "adapter.onnx"), { features });
    expectClose([...(embeddings!.data as Float32Array)], LLMS[type]!.rowOf(WORD), SCALE);
  });

  test.each(TYPES)("left to the training code in official files for %s, which say so", async (type) => {
    const output = await exported(await ADAPTERS.transferred.make(type), undefined, {
      format: "official",
      vision: undefined,
    });
    const flags = readFileSync(join(output, "official_training_flags.txt"), "utf8");
    expect(flags).toMatch(
      /^# The LLM's code has to multiply the vectors of pictures by 5\.6569, as it does those of tokens/m,
    );
    const matrix = requireTensor(await openCheckpoint(join(output, "mm_vocab_matrix.pt")), "tensor");
    const rows = decodeFloats(await readTensor(matrix), "F32");
    expectClose([...rows.subarray(2 * 32, 3 * 32)], LLMS[type]!.rowOf(WORD), 1);
  });

  test.each(CASES)("of an adapter %s for %s explained by the LLM's tokens", async (_, type, make) => {
    const images = [join(WORLD, "images", "scene_0000.png")];
    const plan = await planExplanation({
      images,
      adapter: await make(type),
      vision,
      llm: LLMS[type]!.folder,
      by: "cosine",
      top: 1,
    });
    for await (const { views } of explainImages(plan, { cacheFolder, threads: 1 })) {
      const [first] = views[0]!.patches[0]!.tokens;
      expect(plan.views[0].tokens[first!.row]!.string).toBe("Ġred");
    }
  });

  test("refused where the LLM multiplies by another number, whatever is made of both", async () => {
    const [adapter, llm] = [await ADAPTERS.transferred.make("gemma"), LLMS["gemma"]!.folder];
    const path = join(adapter, "config.json");
    const config = JSON.parse(readFileSync(path, "utf8")) as { langbridge: { target: object } };
    const target = { ...config.langbridge.target, name: "granite", embedding_scale: 12 };
    writeFileSync(path, JSON.stringify({ ...config, langbridge: { ...config.langbridge, target } }));
    const message =
      /was made for granite, which multiplies its input embeddings by 12\.000; gemma multiplies its .* 5\.6569/;
    for (const format of ["hf", "onnx"] as const)
      await expect(exported(adapter, llm, { format })).rejects.toThrow(message);
    const images = [join(WORLD, "images", "scene_0000.png")];
    await expect(planExplanation({ images, adapter, vision, llm, by: "cosine" })).rejects.toThrow(message);
  });
});
