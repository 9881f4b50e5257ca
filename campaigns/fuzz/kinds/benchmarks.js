import { cpSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { evalPage } from "../../../dist/src/benchmark/report/eval-page.js";
import { evalText } from "../../../dist/src/benchmark/report/eval-report.js";
import { evaluateAnswers } from "../../../dist/src/benchmark/compare/evaluate.js";
import { evaluateModel } from "../../../dist/src/benchmark/run/evaluate-model.js";
import { mergeRuns } from "../../../dist/src/benchmark/run/merge.js";
import { findBenchmark } from "../../../dist/src/benchmark/tasks/benchmarks.js";
import { LangbridgeError } from "../../../dist/src/errors.js";
import { fakeAnswerer } from "../../../test/helpers/fake-answerer.js";
import { readText, WORLD, write } from "../files.js";
import { mutateJsonText, mutateLines, mutateText } from "../mutate.js";

const SAID = ["yes", "no", "A", "red", "a big red star", "", "the answer is B", "<image>", "\0", "a\tb\n"];

/** Files of a data folder that are text; pictures and folders are passed over. */
function textsOf(folder, inner = "") {
  return readdirSync(join(folder, inner)).flatMap((name) => {
    const path = join(inner, name);
    if (statSync(join(folder, path)).isDirectory()) return textsOf(folder, path);
    return /\.(?:json|jsonl|tsv|txt)$/.test(name) ? [path] : [];
  });
}

/** A copy of each benchmark's data with answers to its first questions. */
async function benchmarks(folder) {
  const names = readdirSync(join(WORLD, "benchmarks")).filter((name) => name !== "custom");
  return Promise.all(
    names.map(async (name) => {
      const data = join(folder, "data", name);
      cpSync(join(WORLD, "benchmarks", name), data, { recursive: true });
      const { items } = await findBenchmark(name).load(data);
      const answers = items.map(({ questionId, recordedPrompt }, i) =>
        JSON.stringify({
          question_id: questionId,
          prompt: recordedPrompt,
          text: SAID[i % 7],
          answer_id: "x",
          model_id: "m",
          metadata: {},
        }),
      );
      return { name, data, texts: textsOf(data), answers: `${answers.join("\n")}\n` };
    }),
  );
}

async function score(options) {
  const results = await evaluateAnswers({
    selection: { limit: null, seed: null },
    blind: false,
    baselines: [],
    tool: "fuzz",
    ...options,
  });
  evalText(results);
  // Without pictures, which would take the time of a hundred inputs.
  const { data, answers, baselines = [] } = options;
  await evalPage({ results: { ...results, blind: true }, data, answers, baselines, page: join(data, "page.html") });
  const { scores, comparison } = results;
  const numbers = [
    ...Object.values(scores),
    ...(comparison === null
      ? []
      : [comparison.before, comparison.after, comparison.difference, ...comparison.interval]),
  ];
  if (numbers.some((value) => !Number.isFinite(value)))
    throw new Error(`figures that are no numbers: ${JSON.stringify([scores, comparison])}`);
  return results;
}

const damage = (random, file, text) => {
  if (!/\.jsonl?$/.test(file)) return mutateText(random, text);
  // POPE's .json files hold lines too.
  return /^\{.*\}\n\{/.test(text.slice(0, 5000)) || file.endsWith("l")
    ? mutateLines(random, text)
    : mutateJsonText(random, text);
};

/** Damaged answer files, and damaged data of benchmarks. */
export async function makeAnswers(folder) {
  const sets = await benchmarks(folder);
  return async (random) => {
    const { name, data, texts, answers } = random.pick(sets);
    const path = join(folder, "answers.jsonl");
    if (random.chance(0.5)) {
      write(path, random.chance(0.2) ? mutateText(random, answers) : mutateLines(random, answers));
      await score({ benchmark: name, data, answers: [path] });
      return;
    }
    write(path, answers);
    const file = random.pick(texts);
    const text = readText(data, file);
    try {
      write(join(data, file), damage(random, file, text));
      await score({ benchmark: name, data, answers: [path] });
    } finally {
      write(join(data, file), text);
    }
  };
}

/** A damaged results.json as baseline. */
export async function makeResults(folder) {
  const sets = [];
  for (const { name, data, answers } of await benchmarks(folder)) {
    const [path, output] = [join(folder, `${name}.jsonl`), join(folder, name)];
    write(path, answers);
    await score({ benchmark: name, data, answers: [path], output });
    sets.push({ benchmark: name, data, answers: [path], results: readText(output, "results.json") });
  }
  return async (random) => {
    const { results, ...set } = random.pick(sets);
    const path = join(folder, "baseline.json");
    write(path, mutateJsonText(random, random.chance(0.9) ? results : random.pick(sets).results));
    await score({ ...set, baselines: [path] });
  };
}

/** The folder of a run that was interrupted and damaged, taken up again and merged. */
export async function makeRuns(folder) {
  const [good, output, merged] = ["good", "output", "merged"].map((name) => join(folder, name));
  const limit = 6;
  const run = (to) =>
    evaluateModel({
      ...{
        benchmark: "custom",
        data: join(WORLD, "benchmarks", "custom", "questions.jsonl"),
        images: join(WORLD, "images"),
      },
      ...{
        selection: { limit, seed: null },
        shard: null,
        blind: false,
        restart: false,
        skipMissing: false,
        reusePrefix: true,
      },
      ...{
        baselines: [],
        output: to,
        tool: "fuzz",
        load: async () => ({ answerer: fakeAnswerer(), dispose: async () => undefined }),
      },
    });
  await run(good);
  const files = readdirSync(good).map((name) => [name, readText(good, name)]);
  return async (random) => {
    for (const path of [output, merged]) rmSync(path, { recursive: true, force: true });
    for (const [name, text] of files) write(join(output, name), text);
    const [name, text] = random.pick(files);
    write(join(output, name), damage(random, name, text));
    if (random.chance(0.1))
      write(join(output, "answers-0-of-1.lock"), random.pick(["", "{", "null", '{"host":5}', "\0"]));
    if (random.chance(0.1))
      write(join(output, random.pick(["answers-9-of-3.jsonl", "answers-0-of-0.jsonl", "timings-1-of-2.jsonl"])), text);
    let refused;
    const attempt = async (work) => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof LangbridgeError)) throw error;
        refused ??= error;
        return undefined;
      }
    };
    if ((await attempt(() => run(output))) !== undefined) {
      const lines = readText(output, "answers.jsonl").trimEnd().split("\n").length;
      if (lines !== limit) throw new Error(`answers.jsonl has ${lines} lines of ${limit}`);
    }
    await attempt(() => mergeRuns({ folders: [output], output: merged, baselines: [], tool: "fuzz" }));
    if (refused !== undefined) throw refused;
  };
}
