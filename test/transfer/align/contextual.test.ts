import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { exportAdapter } from "../../../src/export/export.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { loadModel, type Model } from "../../../src/runtime/parts/load-model.js";
import { projectorWeights } from "../../../src/runtime/parts/projector-weights.js";
import { normalNumbers } from "../../../src/tensor/random.js";
import { decodeFloats } from "../../../src/tensor/half.js";
import { distilTransfer } from "../../../src/transfer/distil/distil-transfer.js";
import { openExamples } from "../../../src/transfer/naming/seen-examples.js";
import { planTransfer, type TransferPlanOptions } from "../../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../../src/transfer/transfer.js";
import type { TransferReport } from "../../../src/transfer/report/report.js";
import { dataFolder } from "../../helpers/data-folder.js";
import { readJson } from "../../helpers/read-json.js";
import { WORLD } from "../../helpers/small-world.js";

/** The small world's LLMs read no such prompt well; what is tested here is the way from answers to an adapter. */
const WORDS = "red blue green yellow black white orange purple circle square star cross triangle heart diamond moon";

const root = dataFolder({ "words.txt": WORDS });
const cacheFolder = join(root, "cache");
const [adapter, target] = [join(WORLD, "adapters", "qwen2", "paper-0"), join(WORLD, "llama2")];
const examples = { images: join(WORLD, "images"), vision: join(WORLD, "vision") };
const options: TransferPlanOptions = {
  align: "contextual",
  ...{ adapter, target, source: join(WORLD, "qwen2"), examples, wordList: join(root, "words.txt") },
  alignSettings: { questions: 300 },
};
const output = join(root, "spoken");
let report: TransferReport;

beforeAll(async () => {
  report = await executeTransfer(await planTransfer(options), { output, cacheFolder, toolVersion: "0.0.0-test" });
});

const wordsOf = (folder: string): string[] =>
  (readJson(folder, "vocabulary.json") as { token: string }[]).map(({ token }) => token.replace("Ġ", ""));

/** What the adapter makes of features, by another way than its graph: two layers, and the row of a word for each patch. */
async function reference(folder: string, features: Float32Array, turns: number): Promise<Float32Array> {
  const { projector, matrix } = await loadAdapter(folder);
  if (projector.kind !== "mlp2x_gelu") throw new Error(projector.kind);
  const scored = { kind: projector.kind, layers: [projector.layers[0], projector.layers[2]] } as const;
  const model = await loadModel({ adapter: scored, cacheFolder });
  const { embeddings: scores } = await model.adapter!.project(features);
  await model.dispose();
  const rows = decodeFloats(await readTensor(matrix!.tensor), matrix!.tensor.dtype);
  const [words, width] = [matrix!.rows, matrix!.hiddenSize];
  const patches = scores.length / words;
  const said = Array.from({ length: patches }, (_, patch) => {
    const own = scores.subarray(patch * words, (patch + 1) * words);
    const order = Array.from(own.keys()).sort((a, b) => own[b]! - own[a]! || a - b);
    return [...rows.subarray(order[patch % turns]! * width, (order[patch % turns]! + 1) * width)];
  });
  return Float32Array.from(said.flat());
}

describe("--align contextual", () => {
  test("says what was asked and kept", () => {
    expect(report.align).toMatchObject({ method: "contextual", settings: { turns: 2, questions: 300 } });
    const [asked] = report.checks.filter((check) => /^asked qwen2 about 300 patches of 300 pictures for/.test(check));
    expect(asked).toMatch(
      / for 1[56] words, each "[^"]*<picture>.* a"; its answers tell \d\.\d\d bits of the patch and name 1[0-6] words$/,
    );
    const [kept] = report.checks.filter((check) =>
      check.startsWith("its first word of a patch, or silence, is kept for"),
    );
    // Of 16 words: the fit answers far above chance for pictures that it never saw.
    expect(Number(/for ([\d.]+) % of 60 patches/.exec(kept!)![1])).toBeGreaterThan(25);
  });

  test("is the default where its LLM, pictures and their tower are given, unless settings of another method are", async () => {
    const { method, methodReason } = await planTransfer({ ...options, align: undefined });
    expect(method.name).toBe("contextual");
    expect(methodReason).toMatch(/^the default with the source LLM and pictures/);
    const sparse = { ...options, align: undefined, wordList: undefined };
    expect((await planTransfer({ ...sparse, alignSettings: { words: 12 } })).method.name).toBe("sparse");
    expect((await planTransfer({ ...sparse, source: undefined, alignSettings: {} })).method.name).toBe("sparse");
  });

  test("leaves out the words that an LLM has as several tokens", () => {
    expect(wordsOf(output).every((word) => [...WORDS.split(" "), ","].includes(word))).toBe(true);
    expect(wordsOf(output).at(-1)).toBe(",");
    expect(wordsOf(output).length).toBeLessThanOrEqual(report.adapter.rows - report.dropped.length);
    expect(report.options.missing).toBe("drop");
  });

  test("leaves out the words that no patch is called, which would only take time", async () => {
    const wordList = join(
      dataFolder({ "more.txt": `${WORDS} polite curious detailed language intelligence artificial human helpful` }),
      "more.txt",
    );
    const folder = join(root, "fewer");
    const plan = await planTransfer({ ...options, wordList });
    const { checks } = await executeTransfer(plan, { output: folder, cacheFolder, toolVersion: "0.0.0-test" });
    const named = Number(/and name (\d+) words/.exec(checks.join("\n"))![1]);
    const { matrix, projector } = await loadAdapter(folder);
    expect(matrix!.rows).toBe(wordsOf(folder).length);
    // The projector scores as many words as there are rows.
    expect(projector).toMatchObject({ llmHiddenSize: matrix!.rows });
    expect(matrix!.rows).toBeLessThanOrEqual(named + 1); // Silence is a row too.
    expect(matrix!.rows).toBeLessThan(plan.rowPlan.written.length);
  });

  test("writes an adapter that gives each patch the target's row of one word", async () => {
    const loaded = await loadAdapter(output);
    expect(loaded.wordChoice).toMatchObject({ turns: 2 });
    const features = normalNumbers(9 * 64, 3);
    const model = await loadModel({ adapter: projectorWeights(loaded), cacheFolder });
    const { embeddings } = await model.adapter!.project(features);
    await model.dispose();
    expect(embeddings).toEqual(await reference(output, features, 2));
  });

  test("lets patches take turns among their words", async () => {
    const turning = join(root, "turning");
    const plan = await planTransfer({ ...options, alignSettings: { questions: 300, turns: 3 } });
    await executeTransfer(plan, { output: turning, cacheFolder, toolVersion: "0.0.0-test" });
    const features = normalNumbers(8 * 64, 4);
    const model = await loadModel({ adapter: projectorWeights(await loadAdapter(turning)), cacheFolder });
    const { embeddings } = await model.adapter!.project(features);
    await model.dispose();
    expect(embeddings).toEqual(await reference(turning, features, 3));
    expect(readFileSync(join(turning, "config.json"), "utf8")).toMatch(/"turns": 3/);
    // Each of several pictures begins its turns anew, which the export compares with the parts.
    const exported = {
      adapter: turning,
      format: "onnx",
      vision: examples.vision,
      output: join(root, "with-tower"),
    } as const;
    const { checks } = await exportAdapter({ ...exported, cacheFolder, toolVersion: "0.0.0-test" });
    expect(checks.join()).toMatch(/vision/);
  });

  test("is exported to ONNX, and refused where there is no place for words", async () => {
    const exported = join(root, "onnx");
    const common = { adapter: output, cacheFolder, toolVersion: "0.0.0-test" };
    await exportAdapter({ ...common, format: "onnx", output: exported });
    expect(existsSync(join(exported, "onnx", "adapter.onnx"))).toBe(true);
    await expect(exportAdapter({ ...common, format: "official", output: join(root, "official") })).rejects.toThrow(
      /--align contextual decodes every patch at run time/,
    );
    const parts = { llm: target, vision: examples.vision };
    await expect(exportAdapter({ ...common, ...parts, format: "hf", output: join(root, "hf") })).rejects.toThrow(
      /was transferred with --align contextual and says one word at each patch/,
    );
    await expect(planTransfer({ ...options, adapter: output })).rejects.toThrow(
      /was made by --align contextual, and says words of \d+; transfer the adapter that it was made from/,
    );
  });

  test.each([
    [{ source: undefined }, /^--align contextual: needs --source, the LLM .*; or use --align sparse$/],
    [{ examples: undefined }, /^--align contextual: needs --images and --vision/],
    [{ official: true }, /^--official: --align contextual scores words/],
    [{ alignSettings: { words: 12 } }, /^--words: --align contextual takes none; sparse and soft do$/],
    [{ alignSettings: { turns: 9 } }, /^--turns: is 9, expected a whole number from 1 to 8$/],
    [{ align: "none", examples: undefined }, /^--word-list: --align none asks for no words; contextual does$/],
  ] as const)("refuses %j", async (wrong, message) => {
    await expect(planTransfer({ ...options, alignSettings: {}, ...wrong })).rejects.toThrow(message);
  });
});

describe("an adapter that sees tiles", () => {
  const { image_size: size } = readJson(examples.vision, "config.json") as { image_size: number };
  const tiled = (name: string, grid: readonly number[]): string => {
    const folder = join(root, name);
    cpSync(adapter, folder, { recursive: true });
    const config = readJson(adapter, "config.json") as object;
    const scheme = { image_aspect_ratio: "anyres", mm_patch_merge_type: "spatial", image_grid_pinpoints: [grid] };
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, ...scheme }));
    return folder;
  };

  test("is asked about the whole of one picture and a tile of the next, and sees tiles still", async () => {
    const folder = join(root, "spoken-tiles");
    const plan = await planTransfer({ ...options, adapter: tiled("tiles", [2 * size, size]) });
    const { checks } = await executeTransfer(plan, { output: folder, cacheFolder, toolVersion: "0.0.0-test" });
    expect(checks.join("\n")).toMatch(/asked qwen2 about 300 patches of 300 pictures for/);
    const { config, wordChoice } = await loadAdapter(folder);
    expect(wordChoice).toMatchObject({ turns: 2 });
    expect(config).toMatchObject({ image_aspect_ratio: "anyres", image_grid_pinpoints: [[2 * size, size]] });
  });

  test("has its views one after another, or one of them in turn", async () => {
    const opened = await openExamples(examples, await loadAdapter(tiled("seen", [2 * size, size])));
    const info = { imageSize: size, patches: 9 };
    const model = { vision: { info, features: (pixels: Float32Array) => Promise.resolve(pixels) } } as unknown as Model;
    const see = async (view?: number) => {
      const seen: Float32Array[] = [];
      for await (const features of opened.features(model, opened.names[0]!, undefined, view)) seen.push(features);
      return seen;
    };
    const all = await see();
    expect(all).toHaveLength(3);
    expect(await see(4)).toEqual([all[1]]);
  });

  test("whose grid is no whole number of tiles is refused", async () => {
    const plan = await planTransfer({ ...options, adapter: tiled("no-tiles", [size + 1, size]) });
    const made = executeTransfer(plan, { output: join(root, "no-tiles-out"), cacheFolder, toolVersion: "0.0.0-test" });
    await expect(made).rejects.toThrow(/no-tiles: image_grid_pinpoints has a grid of .*expected whole tiles of/);
  });
});

describe("a distilled transfer", () => {
  test("is an ordinary projector as wide as the target that comes near the words", async () => {
    const folder = join(root, "distilled");
    const plan = await planTransfer({ ...options, distilled: true });
    const { distilled } = await distilTransfer(plan, { output: folder, cacheFolder, toolVersion: "0.0.0-test" });
    expect(distilled).toMatchObject({ pictures: 300, patches: 1200, units: 80, heldOut: 240 });
    expect(distilled.wordsKept).toBeGreaterThan(0.35);
    const loaded = await loadAdapter(folder);
    expect(loaded.projector).toMatchObject({ kind: "mlp2x_gelu", mlpHiddenSize: 80, llmHiddenSize: 80 });
    expect(loaded.wordChoice).toBeUndefined();
    expect(loaded.config.langbridge).toMatchObject({ align: "distilled", align_settings: { from: "contextual" } });
    expect(existsSync(join(folder, "paper-0"))).toBe(false);
  });

  test("meets what another method makes, whatever its number of units", async () => {
    const plan = await planTransfer({ adapter, target, align: "none", examples, distilled: true });
    const figures = async (units: number) =>
      (await distilTransfer(plan, { output: join(root, `d${units}`), units, cacheFolder, toolVersion: "0.0.0-test" }))
        .distilled;
    const [few, many] = [await figures(16), await figures(160)];
    expect(many.r2).toBeGreaterThan(0.95);
    expect(few.r2).toBeLessThan(many.r2);
    expect(many).not.toHaveProperty("wordsKept");
  });

  test("needs pictures", async () => {
    const plan = await planTransfer({ adapter, target, align: "none" });
    const made = distilTransfer(plan, { output: join(root, "no"), cacheFolder, toolVersion: "0.0.0-test" });
    await expect(made).rejects.toThrow(/^--projector mlp: needs --images and --vision/);
  });
});
