import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import EvalCompare from "../../../commands/eval/compare.js";
import Eval from "../../../commands/eval/index.js";
import { tableSchema, type ResultsTable } from "../../../src/benchmark/compare/results-table.js";
import { runCommand } from "../../helpers/run-command.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
process.env["LANGBRIDGE_CACHE_DIR"] = join(root, "cache");

const at = (...path: string[]): string => join(root, ...path);
const modelOf = (llm: string, adapter: string): string[] => [
  ...["--adapter", join(WORLD, "adapters", llm, adapter), "--llm", join(WORLD, llm), "--vision", join(WORLD, "vision")],
  ...["--threads", "1"],
];
const evaluate = (...argv: string[]) => runCommand<ResultsTable>(Eval, argv, { says: true });
const compare = (...argv: string[]) => runCommand<ResultsTable>(EvalCompare, argv);
const lines = (path: string): unknown[] =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

describe("several benchmarks in one eval", () => {
  test("load the model once, leave a folder each, and end in one table", async () => {
    const asked = ["--benchmark", "pope,gqa", "--data", join(WORLD, "benchmarks"), "--images", join(WORLD, "images")];
    const files = ["--table", at("t.md"), "--table", at("t.tex"), "--log-samples"];
    const model = modelOf("llama2", "anchored");
    const { stdout, stderr, result } = await evaluate(
      ...asked,
      ...model,
      "--limit",
      "20",
      "--output",
      at("before"),
      ...files,
    );
    expect(stderr.match(/loading the LLM/g)).toHaveLength(1);
    expect(stderr).toMatch(/^pope: mean_f1 [\d.]+ %, 20 questions, kept in .*before.pope$/m);
    expect(result!.rows.map(({ run, questions, figure }) => [run, questions, figure])).toEqual([
      ["pope", 20, "mean_f1"],
      ["gqa", 20, "accuracy"],
    ]);
    expect(stdout).toMatch(/^run +figure +score +95 % interval +questions\n[─ ]+\npope +mean_f1 .*\ngqa +accuracy /);
    expect(readFileSync(at("t.md"), "utf8")).toMatch(
      /^<!-- langbridge table -->\n\n\| run \|.*\n.*\n\| pope \| mean\\_f1 \|/,
    );
    expect(readFileSync(at("t.tex"), "utf8")).toContain("pope & mean\\_f1 & ");
    const samples = lines(at("before", "pope", "samples.jsonl"));
    const answers = lines(at("before", "pope", "answers.jsonl")) as { question_id: number; text: string }[];
    expect(samples).toMatchObject(answers.map(({ question_id, text }) => ({ question_id, answer: text })));
    expect(samples[0]).toMatchObject({
      image: "scene_0000.png",
      truth: { label: "yes" },
      judgements: { llava: { parsed: "yes", score: 1 }, strict: {}, "lmms-eval": {} },
    });
  });

  test("a file of runs asks a part of them blind; results are compared run by run with an earlier folder", async () => {
    writeFileSync(
      at("runs.yaml"),
      JSON.stringify({
        data: join(WORLD, "benchmarks"),
        limit: 20,
        runs: [
          { benchmark: "gqa", images: join(WORLD, "images") },
          { benchmark: "gqa", blind: true },
        ],
      }),
    );
    const model = modelOf("qwen2", "paper-0");
    const run = ["--runs", at("runs.yaml"), ...model, "--output", at("after"), "--baseline", at("before")];
    const { result } = await evaluate(...run, "--html", at("t.html"));
    expect(result!.rows.map(({ run: name, blind }) => [name, blind])).toEqual([
      ["gqa", false],
      ["gqa-blind", true],
    ]);
    expect(result!.rows[1]!.comparison).toMatchObject({ baseline: at("before", "gqa", "results.json") });
    expect(result!.rows[1]!.comparison!.pValue).toBeLessThan(1);
    expect(readFileSync(at("t.html"), "utf8")).toContain("<h2>gqa-blind</h2>");
    const again = await evaluate(...run, "--json");
    expect(again.result).toEqual(result);
  });

  test("eval compare sets systems beside one another, with the blind run as the floor of retention", async () => {
    const { stdout, result } = await compare(at("before"), at("after"), "--table", at("c.json"));
    expect(tableSchema.parse(JSON.parse(readFileSync(at("c.json"), "utf8")))).toEqual(result);
    const rows = result!.rows.map(({ run, system, comparison }) => [run, system, comparison?.baseline ?? null]);
    expect(rows).toEqual([
      ["gqa", at("before"), null],
      ["gqa", at("after"), at("before")],
      ["pope", at("before"), null],
      ["gqa-blind", at("after"), null],
    ]);
    expect(result!.rows[1]!.comparison!.blind).toBeCloseTo(result!.rows[3]!.value!, 12);
    expect(stdout).toMatch(/^gqa +after +accuracy .* [+-][\d.]+ +[+-][\d.]+ to [+-][\d.]+ +[<\d.]+ +[\d.]+ %$/m);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect((await compare(at("before", "gqa"), at("after", "gqa", "results.json"))).result!.rows).toHaveLength(2);
  });

  test.each([
    [["--benchmark", "pope,gpa", "--data", WORLD], /gpa: no such benchmark; .*; did you mean gqa\?/],
    [["--benchmark", "pope"], /--data: not given; name a benchmark and its folder, or --runs/],
    [["--benchmark", "pope", "--data", WORLD, "--table", "t.txt"], /t\.txt: a table is written as \.md, \.tex, \.json/],
    [["--runs", "r.yaml", "--benchmark", "gqa"], /--benchmark=gqa cannot also be provided when using --runs/],
    [["--benchmark", "pope,pope", "--data", join(WORLD, "benchmarks")], /pope: two runs have this name/],
  ])("refuses %j", async (argv, message) => {
    const output = at("never");
    const { stderr, exitCode } = await runCommand(Eval, [
      ...modelOf("llama2", "anchored"),
      "--output",
      output,
      ...argv,
    ]);
    expect([exitCode > 0, stderr.trimEnd().split("\n").length]).toEqual([true, 1]);
    expect(stderr).toMatch(message);
    expect(existsSync(output)).toBe(false);
  });

  test("keeps a samples.jsonl that is not its own, and answers that exist belong to one benchmark", async () => {
    mkdirSync(at("foreign"));
    writeFileSync(at("foreign", "samples.jsonl"), "mine");
    const gqa = ["--benchmark", "gqa", "--data", join(WORLD, "benchmarks", "gqa")];
    const answers = ["--answers", at("before", "gqa", "answers.jsonl"), "--limit", "20"];
    const run = await runCommand(Eval, [...gqa, ...answers, "--output", at("foreign"), "--log-samples"]);
    expect(run.stderr).toMatch(/samples\.jsonl: is there already, and langbridge did not write it/);
    expect(readFileSync(at("foreign", "samples.jsonl"), "utf8")).toBe("mine");
    const own = await runCommand(Eval, [...gqa, ...answers, "--output", at("scored"), "--log-samples"]);
    expect(own.stderr).toBe("");
    expect(lines(at("scored", "samples.jsonl"))).toEqual(lines(at("before", "gqa", "samples.jsonl")));
    const several = await runCommand(Eval, ["--benchmark", "gqa,pope", "--data", WORLD, "--answers", "a"]);
    expect(several.stderr).toMatch(/--answers: belong to one benchmark/);
  });

  test("eval compare says of a folder without results where they come from, and of other questions what differs", async () => {
    expect((await compare(WORLD)).stderr).toMatch(/holds no results\.json, nor does a folder in it/);
    const results = JSON.parse(readFileSync(at("before", "gqa", "results.json"), "utf8")) as { selection: object };
    const other = { ...results, selection: { ...results.selection, questions: "others" } };
    writeFileSync(at("other.json"), JSON.stringify(other));
    expect((await compare(at("before"), at("other.json"))).stderr).toMatch(
      /answers 20 other questions than the 20 here/,
    );
  });
});
