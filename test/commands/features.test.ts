import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import Eval from "../../commands/eval/index.js";
import Explain from "../../commands/explain.js";
import Transfer from "../../commands/transfer.js";
import { loadAdapter } from "../../src/adapter/load.js";
import type { Results } from "../../src/benchmark/scoring/results.js";
import type { ExplainSummary } from "../../src/explain/explain-summary.js";
import { loadImageProcessor } from "../../src/model/vision/image-processors.js";
import { openTowerFiles } from "../../src/model/gguf/open-mmproj.js";
import { preprocessFile } from "../../src/image/preprocess.js";
import { visionSettings } from "../../src/runtime/parts/vision-settings.js";
import type { TransferReport } from "../../src/transfer/report/report.js";
import { safetensorsBytes, type TestTensor } from "../helpers/make-folders.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { withModel } from "../helpers/with-model.js";

const root = temporaryFolder();
const vision = join(WORLD, "vision");
const adapter = join(WORLD, "adapters", "llama2", "paper-0");
const images = join(WORLD, "images");
const file = join(root, "features.safetensors");
const PICTURES = 24;
const names = readdirSync(images).sort().slice(0, PICTURES);

/** What the tower makes of some pictures, kept in a file as an encoder elsewhere would. */
async function writeFeatures(): Promise<void> {
  const { config, path } = await loadAdapter(adapter);
  const { visionOptions, imageScheme } = visionSettings({ config, path });
  const processor = await loadImageProcessor(await openTowerFiles(vision));
  const entries: Record<string, TestTensor> = {};
  await withModel({ vision, visionOptions }, async (model) => {
    const { patches, hiddenSize } = model.vision!.info;
    for (const name of names) {
      const imageAspectRatio = imageScheme.pads ? "pad" : "square";
      const { data } = await preprocessFile(join(images, name), processor, { imageAspectRatio });
      entries[name] = { shape: [patches, hiddenSize], values: await model.vision!.features(data) };
    }
  });
  writeFileSync(file, safetensorsBytes(entries));
}

/** The questions of the small world about those pictures. */
function writeQuestions(): string {
  const folder = join(root, "questions");
  mkdirSync(folder);
  const lines = names.map((image) => {
    return JSON.stringify({ image, question: "What color is the circle?", answers: ["red"], category: "colour" });
  });
  writeFileSync(join(folder, "questions.jsonl"), lines.join("\n"));
  return folder;
}

let data: string;
beforeAll(async () => {
  await writeFeatures();
  data = writeQuestions();
});

const lines = (path: string): readonly Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("features that a tower made, given as a file in its place", () => {
  const model = ["--adapter", adapter, "--llm", join(WORLD, "llama2"), "--threads", "1"];
  const asked = (output: string) => ["--benchmark", "custom", "--data", data, ...model, "--output", join(root, output)];

  test("eval answers the same, resumes, and signs the run with the hash of the file", async () => {
    const seen = await runCommand<Results>(Eval, [...asked("seen"), "--vision", vision, "--images", images]);
    expect(seen.stderr).toBe("");
    const given = await runCommand<Results>(Eval, [...asked("given"), "--features", file]);
    expect(given.stderr).toBe("");
    const answers = (output: string): unknown[] => lines(join(root, output, "answers.jsonl")).map(({ text }) => text);
    expect(answers("given")).toEqual(answers("seen"));
    expect(new Set(answers("given")).size).toBeGreaterThan(2);
    expect(Object.keys(given.result!.run!.identity)).toContain("features");
    expect(Object.keys(given.result!.run!.identity)).not.toContain("vision");
    const again = await runCommand<Results>(Eval, [...asked("given"), "--features", file]);
    expect(again.result!.primary).toEqual(given.result!.primary);
  });

  test("a blind run needs no entry, and answers the same to every item", async () => {
    const other = join(root, "other.safetensors");
    writeFileSync(other, safetensorsBytes({ other: { shape: [4, 64], values: new Float32Array(4 * 64).fill(0.5) } }));
    const { stderr } = await runCommand<Results>(Eval, [...asked("blind"), "--features", other, "--blind"]);
    expect(stderr).toBe("");
    expect(new Set(lines(join(root, "blind", "answers.jsonl")).map(({ text }) => text)).size).toBe(1);
  });

  test("eval names the items that have no entry before a model is loaded, or counts them as wrong", async () => {
    const one = join(root, "one.safetensors");
    writeFileSync(one, safetensorsBytes({ [names[0]!]: { shape: [4, 64], values: new Float32Array(4 * 64) } }));
    const { stderr } = await runCommand<Results>(Eval, [...asked("one"), "--features", one]);
    expect(stderr).toMatch(
      /one\.safetensors: has no entries for 23 of the items that are asked about: scene_0001\.png, .*, \.\.\.; name each entry/,
    );
    expect(existsSync(join(root, "one"))).toBe(false);
    const skipped = await runCommand<Results>(Eval, [...asked("one"), "--features", one, "--skip-missing"]);
    expect(skipped.stderr).toBe("");
    expect(lines(join(root, "one", "answers.jsonl")).filter(({ text }) => text === "")).toHaveLength(23);
  });

  test("explain shows the same tokens, with one row of vectors for a grid of patches", async () => {
    const [first, second] = names as [string, string];
    const through = ["--adapter", adapter, "--threads", "1"];
    const pictures = [first, second].map((name) => join(images, name));
    const seen = join(root, "explain-seen");
    await runCommand(Explain, [...pictures, ...through, "--vision", vision, "--output", seen]);
    const given = join(root, "explain-given");
    const { stderr, result, stdout } = await runCommand<ExplainSummary>(Explain, [
      ...[first, second, ...through],
      ...["--features", file, "--output", given],
    ]);
    expect(stderr).toBe("");
    expect(stdout).toContain(`${first}  4 vectors`);
    expect(result!.seen).toEqual({ features: file, width: 64 });
    const tokensOf = (folder: string): unknown =>
      lines(join(folder, "patches.jsonl")).map(({ views }) =>
        (views as { patches: { tokens: unknown }[] }[])[0]!.patches.map(({ tokens }) => tokens),
      );
    expect(tokensOf(given)).toEqual(tokensOf(seen));
    expect(lines(join(given, "patches.jsonl"))[0]).toMatchObject({ file: first, vectors: 4 });
    const page = readFileSync(join(given, "index.html"), "utf8");
    expect(page).toContain('viewBox="0 0 4 1"');
    expect(page).not.toContain("<img");
    expect(readFileSync(join(given, "patches.csv"), "utf8")).toMatch(/^scene_0000\.png,paper-0,sparse,4,1,1,/m);
  });

  test("explain takes all entries where none is named, and names the nearest of one that is not there", async () => {
    const through = ["--adapter", adapter, "--features", file, "--threads", "1"];
    const all = await runCommand<ExplainSummary>(Explain, [...through, "--output", join(root, "all")]);
    expect(all.result!.images).toHaveLength(PICTURES);
    const wrong = await runCommand(Explain, ["scene_000.png", ...through, "--output", join(root, "wrong")]);
    expect(wrong.stderr).toContain(
      'features.safetensors: no entry is named "scene_000.png"; it has 24: "scene_0000.png", "scene_0001.png"',
    );
    const neither = await runCommand(Explain, ["--adapter", adapter, "--output", join(root, "neither")]);
    expect(neither.stderr).toContain("IMAGE, --vision: not given; name pictures and the vision tower");
  });

  test("transfer chooses k and fits a projector by them as by the pictures", async () => {
    const folder = join(root, "pictures");
    mkdirSync(folder);
    for (const name of names) writeFileSync(join(folder, name), readFileSync(join(images, name)));
    const target = join(WORLD, "qwen2");
    const by = (output: string, examples: readonly string[]) =>
      runCommand<TransferReport & { distilled: object }>(Transfer, [
        ...[adapter, target, "--align", "sparse", "--projector", "mlp", "--units", "8"],
        ...[...examples, "--output", join(root, output)],
      ]);
    const seen = await by("by-pictures", ["--images", folder, "--vision", vision]);
    const given = await by("by-features", ["--features", file]);
    expect(given.stderr).toBe("");
    expect(given.result!.distilled).toEqual(seen.result!.distilled);
    const weights = (output: string): Buffer => readFileSync(join(root, output, "model.safetensors"));
    expect(weights("by-features").equals(weights("by-pictures"))).toBe(true);
    expect(given.stdout).toContain(`--features ${file}`);
  });
});

describe("features that do not fit", () => {
  const narrow = join(root, "narrow.safetensors");
  writeFileSync(narrow, safetensorsBytes({ tone: { shape: [3, 32], values: new Float32Array(96) } }));
  const message =
    /narrow\.safetensors: entry "tone" is F32 \(3, 32\), and paper-0 takes vectors of 64 numbers; make the features with the encoder/;

  test("are refused by transfer, eval and explain before anything is written", async () => {
    const output = join(root, "none");
    const through = ["--adapter", adapter, "--features", narrow, "--output", output];
    const explained = await runCommand(Explain, through);
    const questions = ["--benchmark", "custom", "--data", join(root, "questions"), "--blind"];
    const evaluated = await runCommand(Eval, [...questions, ...through, "--llm", join(WORLD, "llama2")]);
    const transferred = await runCommand(Transfer, [
      ...[adapter, join(WORLD, "qwen2"), "--features", narrow, "--output", output],
    ]);
    for (const { stderr } of [explained, evaluated, transferred]) expect(stderr).toMatch(message);
    expect(existsSync(output)).toBe(false);
  });

  test("more vectors than the context holds are refused before the first question", async () => {
    const long = join(root, "long.safetensors");
    const entry = { shape: [300, 64], values: new Float32Array(300 * 64) };
    writeFileSync(long, safetensorsBytes(Object.fromEntries(names.map((name) => [name, entry]))));
    const questions = ["--benchmark", "custom", "--data", join(root, "questions"), "--context", "256"];
    const model = ["--adapter", adapter, "--llm", join(WORLD, "llama2"), "--features", long];
    const { stderr } = await runCommand(Eval, [
      ...questions,
      ...model,
      "--output",
      join(root, "long"),
      "--threads",
      "1",
    ]);
    expect(stderr).toMatch(/entry "scene_0000.png" has 300 vectors, the context holds 256 .*--context/);
  });
});
