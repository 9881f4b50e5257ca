import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
import { InterruptedError } from "../../src/errors.js";
import { explainImages, type ExplainedImage } from "../../src/explain/explain.js";
import type { PatchToken } from "../../src/explain/patch-tokens.js";
import { planExplanation, type ExplainOptions, type ExplainPlan } from "../../src/explain/plan-explanation.js";
import type { ProgressStep } from "../../src/progress.js";
import { writeExplanation } from "../../src/explain/explain-folder.js";
import { explainText } from "../../src/explain/page/explain-report.js";
import { loadImageProcessor } from "../../src/model/vision/image-processors.js";
import { preprocessFile } from "../../src/image/preprocess.js";
import { projectorWeights } from "../../src/runtime/parts/projector-weights.js";
import { planTransfer } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import { GGUF } from "../helpers/gguf-goldens.js";
import { makeAdapter, randomTensor } from "../helpers/make-folders.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { withModel } from "../helpers/with-model.js";

const root = temporaryFolder();
const cacheFolder = join(root, "cache");
const vision = join(WORLD, "vision");
const images = readdirSync(join(WORLD, "images"))
  .sort()
  .map((name) => join(WORLD, "images", name));
const paper = (family: string): string => join(WORLD, "adapters", family, "paper-0");

async function explain(options: Omit<ExplainOptions, "vision" | "images">): Promise<ExplainedImage[]> {
  const plan = await planExplanation({ images: images.slice(0, 4), vision, ...options });
  const seen: ExplainedImage[] = [];
  for await (const image of explainImages(plan, { cacheFolder, threads: 1 })) seen.push(image);
  return seen;
}

async function moved(align: "sparse" | "soft"): Promise<string> {
  const output = join(root, align);
  if (existsSync(output)) return output;
  const plan = await planTransfer({ adapter: paper("qwen2"), target: join(WORLD, "llama3"), align });
  await executeTransfer(plan, { output, toolVersion: "0.0.0-test" });
  return output;
}

test("a GGUF file's table in blocks is looked at", async () => {
  const adapter = join(root, "of-gguf");
  const matrix = randomTensor([2, 64], 5, "F32");
  makeAdapter(adapter, { tokens: { a: 1, b: 2 }, matrix, visionHiddenSize: 64 });
  const llm = join(GGUF, "mixed-llama.gguf");
  const seen = await explain({ adapter, llm, by: "cosine", top: 3 });
  for (const { tokens } of seen.flatMap(({ views }) => views[0]!.patches)) {
    expect(tokens.length).toBeGreaterThan(0);
    for (const { row, weight } of tokens) {
      expect(row).toBeLessThan(96);
      expect(Math.abs(weight)).toBeLessThanOrEqual(1.000001);
    }
  }
});

describe("a transferred adapter", () => {
  test("that decodes sparsely is shown by the tokens, shares and residuals of the graph that an evaluation runs", async () => {
    const adapter = await moved("sparse");
    const seen = await explain({ adapter, top: 4 });
    const options = { adapter: projectorWeights(await loadAdapter(adapter)), adapterOptions: { tokens: true }, vision };
    const processor = await loadImageProcessor(vision);
    await withModel({ ...options, cacheFolder }, async (model) => {
      for (const { file, views } of seen) {
        const { data } = await preprocessFile(file, processor, { imageAspectRatio: "pad" });
        const { tokens } = await model.adapter!.project(await model.vision!.features(data));
        views[0]!.patches.forEach((patch, i) => {
          const own = [0, 1, 2, 3]
            .map((j) => ({ row: tokens!.rows[4 * i + j]!, weight: tokens!.weights[4 * i + j]! }))
            .filter(({ weight }) => weight > 0)
            .sort((a, b) => b.weight - a.weight);
          expect(patch).toEqual({ tokens: own, residual: tokens!.residuals[4 * i + 3] });
        });
      }
    });
  });

  test("that decodes softly is shown by its shares, or by a pursuit over the source's rows", async () => {
    const adapter = await moved("soft");
    const shares = await explain({ adapter, by: "weights", top: 448 });
    for (const { tokens } of shares.flatMap(({ views }) => views[0]!.patches)) {
      expect(tokens.every(({ weight }) => weight > 0)).toBe(true);
      expect(tokens.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 3);
    }
    const [pursued, own] = [await explain({ adapter }), await explain({ adapter: paper("qwen2") })];
    const rowsOf = (seen: readonly ExplainedImage[]): number[][] =>
      seen.flatMap(({ views }) => views[0]!.patches.map(({ tokens }) => tokens.map(({ row }) => row)));
    // Nearly: a token that the target lacks cannot be chosen.
    const same = rowsOf(pursued).filter((rows, i) => rows.join() === rowsOf(own)[i]!.join());
    expect(same.length).toBeGreaterThan(rowsOf(own).length / 2);
  });
});

describe("an adapter that says words", () => {
  test("is shown by the probabilities of its words, and by no other lens", async () => {
    const adapter = join(root, "words");
    const list = join(root, "words.txt");
    writeFileSync(list, "red blue green circle square star");
    const plan = await planTransfer({
      align: "contextual",
      ...{ adapter: paper("qwen2"), source: join(WORLD, "qwen2"), target: join(WORLD, "llama3"), wordList: list },
      ...{ examples: { images: join(WORLD, "images"), vision }, alignSettings: { questions: 100 } },
    });
    await executeTransfer(plan, { output: adapter, cacheFolder, toolVersion: "0.0.0-test" });
    const words = plan.rowPlan.written.length;
    const seen = await explain({ adapter, top: words });
    for (const { tokens } of seen.flatMap(({ views }) => views[0]!.patches)) {
      expect(tokens.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 5);
      expect(tokens.map(({ weight }) => weight)).toEqual(tokens.map(({ weight }) => weight).sort((a, b) => b - a));
    }
    await expect(explain({ adapter, by: "sparse" })).rejects.toThrow(/^--by sparse: .*words scores words/);
    await expect(explain({ adapter: paper("qwen2"), by: "contextual" })).rejects.toThrow(
      /paper-0: scores no words; --by contextual shows an adapter that transfer --align contextual made/,
    );
  });
});

test("the class token, where an adapter takes it, is no patch and has no part in a contrast", async () => {
  const adapter = join(root, "with-class");
  cpSync(paper("qwen2"), adapter, { recursive: true });
  const config = JSON.parse(readFileSync(join(adapter, "config.json"), "utf8")) as object;
  writeFileSync(join(adapter, "config.json"), JSON.stringify({ ...config, mm_vision_select_feature: "cls_patch" }));
  const [withClass, without] = [
    await explain({ adapter, by: "cosine" }),
    await explain({ adapter: paper("qwen2"), by: "cosine" }),
  ];
  expect(withClass.map(({ views }) => views[0]!.patches)).toEqual(without.map(({ views }) => views[0]!.patches));
  expect(withClass[0]!.views[0]!.classToken!.tokens).toHaveLength(5);
  const contrasts = [
    await explain({ adapter, by: "weights", contrast: true }),
    await explain({ adapter: paper("qwen2"), by: "weights", contrast: true }),
  ].map((seen) => seen.map(({ views }) => views[0]!));
  expect(contrasts[0]).toEqual(contrasts[1]);
});

describe("writeExplanation", () => {
  const write = (plan: ExplainPlan, output: string, more: object = {}) =>
    writeExplanation(plan, { output: join(root, output), toolVersion: "0.0.0-test", cacheFolder, threads: 1, ...more });

  test("shows many images, each with its table, and a table over all", async () => {
    const plan = await planExplanation({ images: images.slice(0, 52), vision, adapter: paper("qwen2") });
    const steps: ProgressStep[] = [];
    const summary = await write(plan, "many", { onProgress: (step: ProgressStep) => steps.push(step) });
    expect(summary.images).toHaveLength(52);
    const lines = readFileSync(join(root, "many", "patches.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(52);
    // Over all images: what the lines add up to.
    const weights = lines
      .flatMap((line) => (JSON.parse(line) as { views: { patches: { tokens: PatchToken[] }[] }[] }).views[0]!.patches)
      .flatMap(({ tokens }) =>
        tokens.filter(({ row }) => row === summary.tokens[0]![0]!.row).map(({ weight }) => weight),
      );
    expect(summary.tokens[0]![0]!.patches).toBe(weights.length);
    expect(summary.tokens[0]![0]!.weight).toBeCloseTo(
      weights.reduce((sum, weight) => sum + weight, 0),
      2,
    );
    const page = readFileSync(join(root, "many", "index.html"), "utf8");
    expect([...page.matchAll(/<img class="seen"/g)]).toHaveLength(52);
    expect(page).toContain("scene_0051.png");
    expect(page).toContain("<h2>all 52 images</h2>");
    const text = explainText(summary);
    expect([...text.matchAll(/scene_00\d\d\.png {2}64 x 64/g)]).toHaveLength(20);
    expect(text).toContain("and 32 more images: index.html and patches.jsonl have them\n\nall 52 images\n");
    expect(steps.at(-1)).toEqual({ stage: "looking at images", done: 51, total: 52, unit: "images" });
  });

  test("leaves nothing behind when it is interrupted", async () => {
    const plan = await planExplanation({ images, vision, adapter: paper("qwen2") });
    const controller = new AbortController();
    const onProgress = ({ done }: ProgressStep): void => void (done === 3 && controller.abort());
    await expect(write(plan, "stopped", { signal: controller.signal, onProgress })).rejects.toThrow(InterruptedError);
    expect(readdirSync(root).filter((name) => name.includes("stopped"))).toEqual([]);
  });
});

test("planning can be interrupted while images are checked", async () => {
  const controller = new AbortController();
  const options = { images, vision, adapter: paper("qwen2"), signal: controller.signal };
  const onProgress = (): void => controller.abort();
  await expect(planExplanation({ ...options, onProgress })).rejects.toThrow(InterruptedError);
});
