import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import Eval from "../../../commands/eval/index.js";
import type { Results } from "../../../src/benchmark/scoring/results.js";
import { startServer, type RunningServer } from "../../../src/serve/start-server.js";
import { loadVlm, type Vlm } from "../../../src/vlm/vlm.js";
import { runCommand } from "../../helpers/run-command.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
process.env["LANGBRIDGE_CACHE_DIR"] = join(root, "cache");
process.env["LANGBRIDGE_API_KEY"] = "secret";

const PARTS = {
  adapter: join(WORLD, "adapters", "qwen2", "anchored"),
  llm: join(WORLD, "qwen2"),
  vision: join(WORLD, "vision"),
};
const DATA = ["--benchmark", "gqa", "--data", join(WORLD, "benchmarks", "gqa"), "--images", join(WORLD, "images")];

let vlm: Vlm;
let server: RunningServer;
let failing = 0;
/** Every second request is sent away as if the server were overloaded. */
let flaky = false;

beforeAll(async () => {
  vlm = await loadVlm(PARTS, { cacheFolder: join(root, "cache"), threads: 1, keptPrompts: 4 });
  server = await startServer({
    vlm: () => (flaky && failing++ % 2 === 0 ? undefined : vlm),
    ...{ name: () => "world", apiKey: "secret", host: "127.0.0.1", port: 0 },
    ...{ maxRequestBytes: 1_000_000, maxQueue: 64, maxNewTokens: 1024 },
  });
});
afterAll(async () => {
  await server.close();
  await vlm.dispose();
});

const answers = (folder: string): { question_id: string; text: string }[] =>
  readFileSync(join(root, folder, "answers.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as never);
const run = (folder: string, ...more: string[]) =>
  runCommand(Eval, [
    ...DATA,
    "--output",
    join(root, folder),
    ...(more.includes("--limit") ? [] : ["--limit", "40"]),
    ...more,
  ]);
const served = (folder: string, ...more: string[]) => run(folder, "--endpoint", `${server.url}/v1`, ...more);

describe("eval --endpoint", () => {
  test("asks the same as in process, gets the same answers and the same score, one or many at once", async () => {
    const flags = Object.entries(PARTS).flatMap(([name, path]) => [`--${name}`, path]);
    const here = await run("here", ...flags, "--threads", "1");
    const there = await served("there", "--served-model", "world");
    const atOnce = await served("at-once", "--concurrency", "8");
    expect([here.exitCode, there.exitCode, atOnce.exitCode]).toEqual([0, 0, 0]);
    const texts = (folder: string) => answers(folder).map(({ question_id, text }) => [question_id, text]);
    expect(texts("here")).toHaveLength(40);
    expect(texts("there")).toEqual(texts("here"));
    expect(texts("at-once")).toEqual(texts("here"));
    const score = (folder: string): unknown =>
      (JSON.parse(readFileSync(join(root, folder, "results.json"), "utf8")) as { primary: unknown }).primary;
    expect(score("there")).toEqual(score("here"));
    expect(score("at-once")).toEqual(score("here"));
  });

  test("loses no answer and asks none twice when the server sends requests away", async () => {
    flaky = true;
    const { exitCode, stderr } = await served("flaky", "--concurrency", "4", "--limit", "8");
    flaky = false;
    expect(exitCode).toBe(0);
    expect(stderr).toContain("503 the model is being loaded; ask again; asked again, at most");
    expect(new Set(answers("flaky").map(({ question_id }) => question_id)).size).toBe(8);
    const again = await served("flaky", "--json");
    expect(answers("flaky")).toHaveLength(40);
    expect(again.exitCode).toBe(0);
    const kept = readFileSync(join(root, "flaky", "answers-0-of-1.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    expect(kept).toHaveLength(40);
  });

  test("a blind run answers as one in process does: what it is shown is zero but for rounding", async () => {
    const flags = Object.entries(PARTS).flatMap(([name, path]) => [`--${name}`, path]);
    await run("blind-here", ...flags, "--threads", "1", "--blind", "--limit", "12");
    const { exitCode, stderr } = await served("blind-there", "--blind", "--limit", "12");
    expect([exitCode, stderr]).toEqual([0, ""]);
    const texts = (folder: string): string[] => answers(folder).map(({ text }) => text);
    expect(texts("blind-there")).toEqual(texts("blind-here"));
    expect(JSON.parse(readFileSync(join(root, "blind-there", "results.json"), "utf8"))).toMatchObject({ blind: true });
  });

  test("asks questions with choices and leaves them unranked, and refuses those that are only ranked", async () => {
    const custom = (name: string, scoring: string): string[] => {
      const row = {
        id: 1,
        image: "scene_0000.png",
        question: "What shape?",
        choices: ["star", "heart"],
        answers: ["star"],
      };
      writeFileSync(join(root, name), `${JSON.stringify({ ...row, scoring })}\n`);
      return ["--benchmark", "custom", "--data", join(root, name), "--images", join(WORLD, "images")];
    };
    const ask = (name: string, scoring: string) =>
      runCommand<Results>(Eval, [
        ...[...custom(name, scoring), "--output", join(root, `${name}-out`), "--endpoint", `${server.url}/v1`],
      ]);
    const { exitCode, stderr, result } = await ask("contains.jsonl", "contains");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(result!.counts).toMatchObject({ answered: 1, scored: 1 });
    const ranked = await ask("likelihood.jsonl", "likelihood");
    expect(ranked.stderr).toMatch(
      /question 1: has scoring "likelihood", and a server does not say how likely choices are/,
    );
  });

  test.each<[string, string[], RegExp]>([
    ["a model here as well", ["--llm", PARTS.llm], /--llm/],
    [
      "another name of the model",
      ["--served-model", "other"],
      /--served-model other: is not served; expected one of world/,
    ],
  ])("refuses %s", async (_what, more, message) => {
    const { stderr, exitCode } = await served("refused", ...more);
    expect(stderr).toMatch(message);
    expect(exitCode).not.toBe(0);
  });
});
