import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { runBenchmark } from "../../src/benchmark/run/run.js";
import { scoreAnswers } from "../../src/benchmark/scoring/score-answers.js";
import { findBenchmark } from "../../src/benchmark/tasks/benchmarks.js";
import { dataFolder, jsonLines } from "../helpers/data-folder.js";
import { fakeAnswerer } from "../helpers/fake-answerer.js";

/** Names that every object of JavaScript has; a file may use them as ids, images and categories. */
const NAMES = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "__defineGetter__", "0", "length"];

/** Scores right answers to all questions by the first variant. */
async function score(benchmark: string, files: Readonly<Record<string, string>>, answers: readonly object[]) {
  const folder = dataFolder({ ...files, "answers.jsonl": jsonLines(answers) });
  const task = findBenchmark(benchmark);
  const dataset = await task.load(folder);
  return (await scoreAnswers({ benchmark: task, dataset, answers: [join(folder, "answers.jsonl")], tool: "test" }))
    .results;
}

/** An object of JSON with an entry of each name. */
const byName = (value: (name: string) => object): string =>
  `{${NAMES.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(value(name))}`).join(", ")}}`;

describe("ids that are names of object members", () => {
  test("gqa", async () => {
    const questions = NAMES.map((name) => ({ question_id: name, image: `${name}.jpg`, text: `${name}?` }));
    const annotation = (name: string): object => ({
      question: `${name}?`,
      answer: name.toLowerCase(),
      types: { structural: name, semantic: name },
      groups: { global: name },
    });
    const files = {
      "llava_gqa_testdev_balanced.jsonl": jsonLines(questions),
      "testdev_balanced_questions.json": byName(annotation),
    };
    const results = await score(
      "gqa",
      files,
      NAMES.map((name) => ({ question_id: name, text: name })),
    );
    expect(results.scores).toEqual({ accuracy: 1 });
    expect(results.counts).toMatchObject({ asked: NAMES.length, scored: NAMES.length });
    expect(Object.keys(results.details["by structural type"]!)).toEqual(expect.arrayContaining(NAMES));
    const without = byName(annotation).replaceAll('"constructor": {', '"other": {');
    const fewer = await score("gqa", { ...files, "testdev_balanced_questions.json": without }, [
      { question_id: "constructor", text: "x" },
    ]);
    expect(fewer.counts.scored).toBe(NAMES.length - 1);
  });

  test("scienceqa", async () => {
    const questions = NAMES.map((id) => ({ id, conversations: [{ from: "human", value: `${id}?` }] }));
    const files = {
      "llava_test_CQM-A.json": JSON.stringify(questions),
      "problems.json": byName(() => ({ choices: ["yes", "no"], answer: 1 })),
      "pid_splits.json": JSON.stringify({ test: NAMES }),
    };
    const answers = NAMES.map((name) => ({ question_id: name, text: "B" }));
    expect((await score("scienceqa", files, answers)).scores["accuracy"]).toBe(1);
    const missing = { ...files, "problems.json": "{}" };
    await expect(score("scienceqa", missing, answers)).rejects.toThrow(
      "has no problem __proto__, which the question file asks",
    );
  });

  test("custom, its categories and pictures too, through a run that is interrupted", async () => {
    const rows = NAMES.map((id) => ({ id, image: `${id}.png`, question: `${id}?`, answers: ["Yes"], category: id }));
    const images = Object.fromEntries(NAMES.map((name) => [`${name}.png`, `picture ${name}`]));
    const data = dataFolder({ "questions.jsonl": jsonLines(rows), ...images });
    const benchmark = findBenchmark("custom");
    const identity = JSON.parse('{"__proto__": "a", "constructor": "b", "model": "fake"}') as Record<string, string>;
    const options = {
      ...{
        benchmark,
        dataset: await benchmark.load(data),
        dataFolder: data,
        imageFolder: data,
        output: join(data, "out"),
      },
      ...{
        selection: { limit: null, seed: null },
        shard: null,
        blind: false,
        restart: false,
        skipMissing: false,
        tool: "test",
      },
    };
    for (const answered of [NAMES.length, 0]) {
      const answerer = fakeAnswerer({ identity });
      const { results } = await runBenchmark({ ...options, answerer });
      expect(answerer.calls.answered).toBe(answered);
      expect(results!.counts).toMatchObject({ asked: NAMES.length, answered: NAMES.length });
      expect(Object.keys(results!.details["by category"]!)).toEqual(expect.arrayContaining(NAMES));
    }
    expect(readFileSync(join(data, "out", "answers.jsonl"), "utf8")).toContain('"question_id":"__proto__"');
  });
});
