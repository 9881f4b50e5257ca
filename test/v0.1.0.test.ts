import { cpSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import Eval from "../commands/eval/index.js";
import EvalMerge from "../commands/eval/merge.js";
import Inspect from "../commands/inspect.js";
import type { ShardReport } from "../src/benchmark/run/evaluate-model.js";
import type { Results } from "../src/benchmark/scoring/results.js";
import { runCommand } from "./helpers/run-command.js";
import { WORLD } from "./helpers/small-world.js";
import { temporaryFolder } from "./helpers/temporary-folder.js";

// Written by langbridge 0.1.0 in this place, with:
//   langbridge transfer fixtures/small-world/adapters/llama2/paper-0 fixtures/small-world/qwen2 --align METHOD --output adapter-METHOD
//   langbridge eval --benchmark gqa --data fixtures/small-world/benchmarks/gqa --images fixtures/small-world/images --limit 12
//     --adapter adapter-sparse --llm fixtures/small-world/qwen2 --vision fixtures/small-world/vision --output run
//   the same with --shard 0/2 --output shard
const OLD = resolve(dirname(fileURLToPath(import.meta.url)), "goldens", "v0.1.0");
const root = temporaryFolder();

const evaluation = [
  ...["--benchmark", "gqa", "--data", join(WORLD, "benchmarks", "gqa"), "--images", join(WORLD, "images")],
  ...["--adapter", join(OLD, "adapter-sparse"), "--llm", join(WORLD, "qwen2"), "--vision", join(WORLD, "vision")],
  ...["--limit", "12", "--threads", "1"],
];

const answers = (...path: readonly string[]): string => readFileSync(join(...path), "utf8");

describe("what langbridge 0.1.0 wrote", () => {
  test("an adapter answers as it did, and its results are a baseline", async () => {
    const output = join(root, "again");
    const { result, stderr } = await runCommand<Results>(Eval, [
      ...[...evaluation, "--output", output, "--baseline", join(OLD, "run", "results.json")],
    ]);
    expect(stderr).toBe("");
    const texts = (lines: string): unknown[] =>
      lines
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts(answers(output, "answers.jsonl"))).toEqual(texts(answers(OLD, "run", "answers.jsonl")));
    expect(result!.comparison).toMatchObject({ difference: 0, retention: 1 });
  });

  test("a run that was begun goes on, and its shards merge", async () => {
    const output = join(root, "shards");
    cpSync(join(OLD, "shard"), output, { recursive: true });
    const shard = (part: string) => runCommand<ShardReport>(Eval, [...evaluation, "--output", output, "--shard", part]);
    expect((await shard("0/2")).result).toMatchObject({ answeredNow: 0 });
    expect((await shard("1/2")).result).toMatchObject({ answeredNow: 6 });
    const merged = await runCommand<Results>(EvalMerge, [
      ...[output, "--data", join(WORLD, "benchmarks", "gqa"), "--output", join(root, "merged")],
    ]);
    const { scores } = JSON.parse(answers(OLD, "run", "results.json")) as Results;
    expect(merged.result!.scores).toEqual(scores);
  });

  test.each(["none", "sparse"])("an adapter of --align %s is shown with where it came from", async (align) => {
    const { stdout, exitCode } = await runCommand(Inspect, [join(OLD, `adapter-${align}`)]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/made for +qwen2, by langbridge 0\.1\.0/);
    expect(stdout).toMatch(new RegExp(`aligned by +${align}`));
  });
});
