import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportAdapter, type ExportOptions } from "../../../src/export/export.js";
import type { ExportReport } from "../../../src/export/format.js";
import { loadImageProcessor } from "../../../src/model/vision/image-processors.js";
import { preprocessFile } from "../../../src/image/preprocess.js";
import { loadEncoder } from "../../../src/tokenizer/encoder.js";
import { ExportedLlm, logitsOf } from "../../helpers/exported-llm.js";
import { relativeError } from "../../helpers/goldens.js";
import { openOnnxFile, readOnnxFacts, type NamedTensor } from "../../helpers/onnx-file.js";
import { FAMILIES, readWorldAnswers, readWorldJson, WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const vision = join(WORLD, "vision");
const imageProcessor = await loadImageProcessor(vision);
const adapterOf = (family: string): string => join(WORLD, "adapters", family, "paper-0");
const write = (adapter: string, name: string, options: Partial<ExportOptions> = {}): Promise<ExportReport> => {
  const common = { format: "onnx", cacheFolder: join(root, "cache"), toolVersion: "0.0.0-test" } as const;
  return exportAdapter({ adapter, vision, output: join(root, name), ...common, ...options });
};

/** What a program that knows nothing of this one does: three models, and a loop. */
class Pipeline {
  private constructor(
    private readonly vision: Awaited<ReturnType<typeof openOnnxFile>>,
    readonly llm: ExportedLlm,
  ) {}

  static async open(folder: string): Promise<Pipeline> {
    const file = (name: string): string => join(folder, "onnx", `${name}.onnx`);
    const llm = { embeddings: file("embed_tokens"), decoder: file("decoder_model_merged") };
    return new Pipeline(await openOnnxFile(file("vision_encoder")), await ExportedLlm.open(llm));
  }

  async close(): Promise<void> {
    await this.vision.session.release();
    await this.llm.close();
  }

  async see(image: string): Promise<Float32Array> {
    const { data } = await preprocessFile(join(WORLD, "images", image), imageProcessor);
    const { image_features } = await this.vision.run({ pixel_values: { data, dims: [1, 3, 32, 32] } });
    return image_features!.data as Float32Array;
  }

  /** Embeddings (1, tokens, hidden) of a prompt, the image's vectors in the place of its tokens. */
  async prompt(tokens: readonly number[], imageToken: number, image: Float32Array): Promise<NamedTensor> {
    const { data: looked, dims } = await this.llm.embed([tokens]);
    const data = (looked as Float32Array).slice();
    data.set(image, tokens.indexOf(imageToken) * dims[2]!);
    return { data, dims };
  }

  async generate(embeddings: NamedTensor, count: number): Promise<number[]> {
    const tokens: number[] = [];
    let length = embeddings.dims[1]!;
    let { logits, past } = await this.llm.step(embeddings, [ones(length)]);
    for (;;) {
      tokens.push(largest(logits.data as Float32Array));
      if (tokens.length === count) return tokens;
      length += 1;
      ({ logits, past } = await this.llm.step(await this.llm.embed([[tokens.at(-1)!]]), [ones(length)], past));
    }
  }
}

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
const largest = (values: Float32Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);

/** Smaller margins are ties, which rounding decides; fixtures/small-world/goldens/about.json says so too. */
const TIE = 0.01;

describe.each(FAMILIES)("a whole model of %s", (family) => {
  const llm = join(WORLD, family);
  const asked = readWorldAnswers().filter((row) => row.llm === family && row.adapter === `${family}/paper`);
  let report: ExportReport;
  let pipeline: Pipeline;
  let imageToken: number;
  beforeAll(async () => {
    report = await write(adapterOf(family), family, { llm });
    pipeline = await Pipeline.open(report.output);
    imageToken = (JSON.parse(readFileSync(join(report.output, "config.json"), "utf8")) as Record<string, number>)[
      "image_token_index"
    ]!;
  });
  afterAll(() => pipeline.close());

  test("answers every question as PyTorch does, by a plain loop over its three models", async () => {
    expect(asked.length).toBeGreaterThan(10);
    for (const { image, question, ids_before, ids_after, answer_ids, margins } of asked) {
      const vectors = await pipeline.see(image);
      const tokens = [...ids_before, ...Array.from({ length: 4 }, () => imageToken), ...ids_after];
      const sure = margins.findIndex((margin) => margin < TIE);
      const count = sure < 0 ? answer_ids.length : sure;
      const given = await pipeline.generate(await pipeline.prompt(tokens, imageToken, vectors), count);
      expect([question, given]).toEqual([question, answer_ids.slice(0, count)]);
    }
  });

  test("runs two prompts of different lengths at once, padded in front, and goes on from their caches", async () => {
    const [long, short] = [asked[0]!.ids_before, asked[0]!.ids_before.slice(0, -3)] as const;
    const padding = long.length - short.length;
    const { llm: decoder } = pipeline;
    const mask = [ones(long.length), [...Array.from({ length: padding }, () => 0), ...ones(short.length)]];
    const padded = [...Array.from({ length: padding }, () => 7), ...short];
    const both = await decoder.step(await decoder.embed([[...long], padded]), mask);
    const next = await decoder.step(
      await decoder.embed([[5], [9]]),
      mask.map((row) => [...row, 1]),
      both.past,
    );
    for (const [row, tokens, last] of [
      [0, long, 5],
      [1, short, 9],
    ] as const) {
      const alone = await decoder.step(await decoder.embed([[...tokens]]), [ones(tokens.length)]);
      const after = await decoder.step(await decoder.embed([[last]]), [ones(tokens.length + 1)], alone.past);
      expect(relativeError(logitsOf(both.logits, row), [...logitsOf(alone.logits, 0)])).toBeLessThan(1e-5);
      expect(relativeError(logitsOf(next.logits, row), [...logitsOf(after.logits, 0)])).toBeLessThan(1e-5);
    }
  });

  test("has a tokenizer and a config that agree on the image token, and a check of each model", async () => {
    const encoder = await loadEncoder(report.output);
    expect(encoder.encode("<image>")).toEqual([imageToken]);
    const config = readJson(report.output, "config.json");
    expect(config).toMatchObject({
      model_type: "llava",
      image_seq_length: 4,
      "transformers.js_config": { dtype: "fp32", use_external_data_format: true },
      text_config: { hidden_size: readWorldJson<{ hidden_size: number }>(family, "config.json").hidden_size },
    });
    expect(readJson(report.output, "processor_config.json")).toMatchObject({
      image_token: "<image>",
      patch_size: 16,
      num_additional_image_tokens: 0,
    });
    expect(report.checks).toHaveLength(3);
    expect(report.models!.map(({ file }) => file)).toEqual([
      "onnx/vision_encoder.onnx",
      "onnx/embed_tokens.onnx",
      "onnx/decoder_model_merged.onnx",
    ]);
  });

  test("has one operator that is not of the ONNX standard, attention with a cache", () => {
    const facts = readOnnxFacts(join(report.output, "onnx", "decoder_model_merged.onnx"));
    expect(facts.operatorSets).toEqual({ "": 20, "com.microsoft": 1 });
    expect(facts.operators.filter((name) => name.includes("."))).toEqual(["com.microsoft.GroupQueryAttention"]);
    expect(facts.operators).not.toContain("SimplifiedLayerNormalization");
    expect(facts.metadata).toMatchObject({ llm: family, llm_identity: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(readOnnxFacts(join(report.output, "onnx", "embed_tokens.onnx")).operatorSets).toEqual({ "": 20 });
  });
});

const readJson = (folder: string, name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));

test("--dtype f16 halves the files, keeps float32 inputs and outputs, and the answers", async () => {
  const llm = join(WORLD, "llama2");
  const half = await write(adapterOf("llama2"), "half", { llm, dtype: "F16" });
  const data = (name: string, folder: string): number => statSync(join(root, folder, "onnx", `${name}.onnx_data`)).size;
  expect(data("embed_tokens", "half")).toBe(data("embed_tokens", "llama2") / 2);
  expect(data("decoder_model_merged", "half")).toBeLessThan(0.65 * data("decoder_model_merged", "llama2"));
  const types = half.models!.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).map(({ type }) => type);
  expect(types).not.toContain("float16");
  const pipeline = await Pipeline.open(half.output);
  const imageToken = (readJson(half.output, "config.json") as Record<string, number>)["image_token_index"]!;
  const asked = readWorldAnswers().filter(({ llm: name, adapter }) => name === "llama2" && adapter === "llama2/paper");
  for (const { image, question, ids_before, ids_after, answer_ids } of asked) {
    const tokens = [...ids_before, ...Array.from({ length: 4 }, () => imageToken), ...ids_after];
    const prompt = await pipeline.prompt(tokens, imageToken, await pipeline.see(image));
    expect([question, await pipeline.generate(prompt, answer_ids.length)]).toEqual([question, answer_ids]);
  }
  await pipeline.close();
});

test("a LLaVA folder that was tuned as a whole is adapter and LLM at once, and no warning says otherwise", async () => {
  const tuned = join(WORLD, "tuned", "llava-qwen2");
  // However the folder is spelled.
  const { checks, remarks } = await write(tuned, "tuned", { llm: `${tuned}/../llava-qwen2/` });
  expect(checks).toHaveLength(3);
  expect(remarks).toEqual([expect.stringContaining("image_aspect_ratio pad")]);
  expect(readJson(join(root, "tuned"), "config.json")).toMatchObject({ text_config: { model_type: "qwen2" } });
});

describe.each(["Q8", "Q4"] as const)("a whole model in blocks of %s", (dtype) => {
  let report: ExportReport;
  beforeAll(async () => {
    report = await write(adapterOf("llama3"), `blocks-${dtype}`, { llm: join(WORLD, "llama3"), dtype });
  });

  test("is checked against the runtime with the same blocks, and says what is in them", () => {
    const check = report.checks.find((line) => line.includes("decoder_model_merged"))!;
    expect(Number(/largest difference (\S+) of/.exec(check)![1])).toBeLessThan(2e-2);
    expect(report.remarks.join("\n")).toContain(
      `${dtype.toLowerCase()}: the LLM's linear layers and its head are blocks of 32 integers`,
    );
    expect(report.models!.map(({ operatorSets }) => Object.keys(operatorSets).includes("com.microsoft"))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("answers what PyTorch is sure of alike, from files that are as small as their bits", async () => {
    const pipeline = await Pipeline.open(report.output);
    const token = (readJson(report.output, "config.json") as Record<string, number>)["image_token_index"]!;
    // Rounding to four bits moves logits of such a small model by whole units.
    const least = dtype === "Q8" ? 0.5 : 4;
    const asked = readWorldAnswers().filter((row) => row.adapter === "llama3/paper" && row.llm === "llama3");
    let compared = 0;
    for (const { image, ids_before, ids_after, answer_ids, margins } of asked) {
      const vectors = await pipeline.see(image);
      const tokens = [...ids_before, ...Array.from({ length: 4 }, () => token), ...ids_after];
      const unsure = margins.findIndex((margin) => margin < least);
      const count = unsure < 0 ? answer_ids.length : unsure;
      if (count === 0) continue;
      const given = await pipeline.generate(await pipeline.prompt(tokens, token, vectors), count);
      expect(given).toEqual(answer_ids.slice(0, count));
      compared += count;
    }
    expect(compared).toBeGreaterThan(10);
    await pipeline.close();
    const bytes = report.files.find(({ name }) => name.endsWith("decoder_model_merged.onnx_data"))!.bytes;
    // Layers of 96 x 96 and 96 x 256 and the head of 1,678 rows, of 8 or 4 bits and a scale of 4 bytes for each 32.
    const weights = 4 * (4 * 96 * 96 + 3 * 96 * 256) + 1678 * 96;
    expect(bytes / (weights * ((dtype === "Q8" ? 1 : 0.5) + 4 / 32))).toBeLessThan(1.9);
  });
});

test("blocks are of an LLM, so that without one they are refused", async () => {
  await expect(write(adapterOf("qwen2"), "none", { dtype: "Q8", vision: undefined })).rejects.toThrow(
    "--dtype=q8: --format onnx writes blocks for the linear layers of an LLM, and none is given; add --llm, or choose f16",
  );
});

describe("parts that do not go together", () => {
  test.each(["BF16", "keep"] as const)("weights in %s are refused before anything is opened", async (dtype) => {
    await expect(write(adapterOf("qwen2"), "none", { dtype })).rejects.toThrow(
      `--dtype=${dtype.toLowerCase()}: --format onnx writes f32, f16, q8 or q4; few runtimes read bfloat16`,
    );
  });

  test("an LLM without a vision tower is refused", async () => {
    await expect(write(adapterOf("qwen2"), "none", { llm: join(WORLD, "qwen2"), vision: undefined })).rejects.toThrow(
      "--llm: needs --vision too; with both, --format onnx writes the whole model",
    );
  });

  test("an LLM of another width is named with both widths, and nothing is written", async () => {
    await expect(write(adapterOf("qwen2"), "none", { llm: join(WORLD, "llama3") })).rejects.toThrow(
      "the adapter makes vectors of 64 numbers, the LLM has 96; use the adapter made for it, or transfer this one",
    );
    expect(readdirSync(root)).not.toContain("none");
  });

  test("a folder that is no LLM is named with what is supported", async () => {
    await expect(write(adapterOf("qwen2"), "none", { llm: vision })).rejects.toThrow(
      /model_type is "clip_vision_model"; this LLM cannot be run here, supported: llama,/,
    );
  });

  test("an interrupted export leaves nothing", async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const options = { llm: join(WORLD, "qwen2"), signal: controller.signal, onProgress };
    await expect(write(adapterOf("qwen2"), "none", options)).rejects.toThrow(/interrupted/);
    expect(readdirSync(root).filter((name) => name.includes("none"))).toEqual([]);
  });
});
