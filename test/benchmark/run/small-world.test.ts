import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ImageContext } from "../../../src/vlm/answerer.js";
import { evaluateModel } from "../../../src/benchmark/run/evaluate-model.js";
import { loadAnswerer, type LoadedAnswerer } from "../../../src/vlm/load-answerer.js";
import type { Results } from "../../../src/benchmark/scoring/results.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const WORLD = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "fixtures", "small-world");
const root = temporaryFolder();

let loaded: LoadedAnswerer;
beforeAll(async () => {
  const [adapter, llm, vision] = [["adapters", "llama2", "anchored"], ["llama2"], ["vision"]].map((parts) =>
    join(WORLD, ...parts),
  ) as [string, string, string];
  loaded = await loadAnswerer({ model: { adapter, llm, vision }, threads: 1, cacheFolder: join(root, "cache") });
});
afterAll(() => loaded.dispose());

/** Kinds, the questions asked (whole groups may be a few more than asked for), and where their images are. */
const KINDS = [
  { benchmark: "pope", data: "pope", asked: 6, images: "images" },
  { benchmark: "gqa", data: "gqa", asked: 6, images: "images" },
  { benchmark: "scienceqa", data: "scienceqa", asked: 6, images: "images" },
  { benchmark: "mmbench", data: "mmbench", asked: 6, images: undefined },
  { benchmark: "mme", data: "mme", asked: 6, images: undefined },
  { benchmark: "custom", data: join("custom", "questions.jsonl"), asked: 6, images: "images" },
  { benchmark: "custom", data: join("custom", "captions.jsonl"), asked: 6, images: "images" },
];

test.each(KINDS)(
  "$data of the small world runs from its files to its score",
  async ({ benchmark, data, asked, images }) => {
    const output = join(root, data);
    const results = (await evaluateModel({
      ...{ benchmark, data: join(WORLD, "benchmarks", data), images: images && join(WORLD, images), output },
      ...{ selection: { limit: asked, seed: 3 }, shard: null, blind: false, restart: false, skipMissing: false },
      ...{ reusePrefix: true, baselines: [], tool: "test" },
      load: () => Promise.resolve({ answerer: loaded.answerer, dispose: () => Promise.resolve() }),
    })) as Results;
    const { counts, primary, run } = results;
    expect(counts.asked).toBeGreaterThanOrEqual(asked);
    expect(counts).toMatchObject({ scored: counts.asked, answered: counts.asked, missing: 0, missingImages: 0 });
    // Trained to see what is asked here: a score of nothing is a broken chain, whatever today's weights are.
    expect(primary!.value).toBeGreaterThan(0);
    expect(run).toMatchObject({ questions: counts.asked });
    expect(run!.firstPrompt).toContain("<image>");
    const lines = readFileSync(join(output, "answers.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(counts.asked);
  },
);

test("images asked at once are answered as images asked one after another", async () => {
  const { answerer } = loaded;
  const names = readdirSync(join(WORLD, "images")).slice(0, 3);
  const contexts = await Promise.all(
    names.map(async (name) => answerer.open(await answerer.decode(readFileSync(join(WORLD, "images", name)), name))),
  );
  const ask = async (context: ImageContext): Promise<string> =>
    (await context.answer("What is in the picture?", { maxNewTokens: 12 })).text;
  const alone: string[] = [];
  for (const context of contexts) alone.push(await ask(context));
  expect(new Set(alone).size).toBeGreaterThan(1);
  expect(await Promise.all(contexts.map(ask))).toEqual(alone);
});
