import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import EvalMerge from "../../../commands/eval/merge.js";
import { findBenchmark } from "../../../src/benchmark/tasks/benchmarks.js";
import type { Results } from "../../../src/benchmark/scoring/results.js";
import { runBenchmark } from "../../../src/benchmark/run/run.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";
import { fakeAnswerer } from "../../helpers/fake-answerer.js";
import { runCommand } from "../../helpers/run-command.js";

/** Runs shards of four questions without images; returns the folder. */
async function runShards(indices: readonly number[]): Promise<string> {
  const rows = ["a", "b", "c", "d"].map((id) => ({ id, image: null, question: `${id}?`, answers: ["yes"] }));
  const data = dataFolder({ "questions.jsonl": jsonLines(rows) });
  const benchmark = findBenchmark("custom");
  for (const index of indices) {
    await runBenchmark({
      benchmark,
      dataset: await benchmark.load(data),
      dataFolder: data,
      imageFolder: data,
      answerer: fakeAnswerer(),
      output: join(data, `shard${index}`),
      selection: { limit: null, seed: null },
      shard: { index, count: 2 },
      blind: false,
      restart: false,
      skipMissing: false,
      tool: "test",
    });
  }
  return data;
}

test("merges the folders of shards, scores them and writes answers and results", async () => {
  const data = await runShards([0, 1]);
  const output = join(data, "whole");
  const args = [join(data, "shard0"), join(data, "shard1"), "--output", output];
  const { stdout, result, exitCode } = await runCommand<Results>(EvalMerge, args);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("4 questions asked, 4 scored, 4 answered");
  expect(JSON.parse(readFileSync(join(output, "results.json"), "utf8"))).toEqual(result);
  const ids = readFileSync(join(output, "answers.jsonl"), "utf8").match(/"question_id":"."/g);
  expect(ids).toEqual(["a", "b", "c", "d"].map((id) => `"question_id":"${id}"`));
});

test("a shard that is missing is one line and exit code 1", async () => {
  const data = await runShards([1]);
  const { stderr, exitCode } = await runCommand(EvalMerge, [join(data, "shard1"), "--output", join(data, "whole")]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^langbridge: .*shard1: 2 of 4 questions have no answer \(a, c\); a shard is missing .*\n$/);
});

test("an output that is a file is one line and exit code 1", async () => {
  const data = await runShards([0, 1]);
  const output = join(data, "questions.jsonl");
  const args = [join(data, "shard0"), join(data, "shard1"), "--output", output];
  const { stderr, exitCode } = await runCommand(EvalMerge, args);
  expect(exitCode).toBe(1);
  expect(stderr).toBe(`langbridge: ${output}: is a file or lies below one, expected a folder; choose another\n`);
});
