import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import Eval from "../../../commands/eval/index.js";
import EvalMerge from "../../../commands/eval/merge.js";
import type { Results } from "../../../src/benchmark/scoring/results.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const WORLD = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "fixtures", "small-world");
const root = temporaryFolder();

const model = [
  ...["--adapter", join(WORLD, "adapters", "llama2", "anchored")],
  ...["--llm", join(WORLD, "llama2")],
  ...["--vision", join(WORLD, "vision")],
  ...["--threads", "1"],
];
const pope = [
  ...["--benchmark", "pope", "--data", join(WORLD, "benchmarks", "pope")],
  ...["--images", join(WORLD, "images"), "--limit", "60", "--seed", "1"],
];
const run = (output: string, ...args: readonly string[]) =>
  runCommand<Results>(Eval, [...pope, ...model, "--output", join(root, output), ...args]);

describe("langbridge eval with a model", () => {
  test("a trained adapter sees: far above its blind floor, and the difference is beyond chance", async () => {
    const blind = await run("blind", "--blind");
    expect(blind.stderr).toBe("");
    const seeing = await run("seeing", "--baseline", join(root, "blind", "results.json"));
    expect(seeing.exitCode).toBe(0);
    expect(seeing.result!.scores["mean_accuracy"]).toBeGreaterThan(0.85);
    expect(blind.result!.scores["mean_accuracy"]).toBeLessThan(0.7);
    expect(seeing.result!.comparison!.interval[0]).toBeGreaterThan(0);
    expect(seeing.result!.run!.identity).toMatchObject({
      device: "cpu",
      dtype: "f32",
      "prompt format": "chat template",
    });
    expect(seeing.stdout).toMatch(/60 questions in [\d.]+ s, [\d.]+ questions\/s, [\d.]+ tokens\/s/);
    expect(Math.max(...seeing.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("a context that cannot hold a question is said with the question", async () => {
    const { stderr, exitCode } = await run("short", "--context", "30");
    expect(stderr).toMatch(
      /^langbridge: question \d+: the prompt is \d+ tokens and the answer up to \d+, the context holds 30;/,
    );
    expect(exitCode).toBe(1);
  });

  test("images of another size than the tower's are refused before anything is loaded or written", async () => {
    const vision = join(root, "other-vision");
    cpSync(join(WORLD, "vision"), vision, { recursive: true });
    const file = join(vision, "preprocessor_config.json");
    const config = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...config, crop_size: { height: 50, width: 50 } }));
    const others = model.map((arg) => (arg === join(WORLD, "vision") ? vision : arg));
    const output = ["--output", join(root, "other-size")];
    const { stderr } = await runCommand<Results>(Eval, [...pope, ...others, ...output]);
    expect(stderr).toMatch(
      /other-vision: preprocessor_config\.json makes images of 50 x 50, the tower .* takes \d+ x \d+;/,
    );
    expect(existsSync(join(root, "other-size"))).toBe(false);
  });

  test("without prefix reuse, and in shards that are merged, it answers the same", async () => {
    await run("whole");
    await run("apart", "--no-prefix-reuse");
    for (const shard of ["0/2", "1/2"]) {
      const { stdout } = await run("shards", "--shard", shard);
      expect(stdout).toContain(`shard ${shard.replace("/", " of ")}: `);
    }
    const merged = await runCommand(EvalMerge, [join(root, "shards"), "--output", join(root, "merged")]);
    expect(merged.exitCode).toBe(0);
    const answers = (output: string): string => readFileSync(join(root, output, "answers.jsonl"), "utf8");
    expect(answers("apart")).toBe(answers("whole"));
    expect(answers("merged")).toBe(answers("whole"));
  });

  test("a folder tuned as a whole is one --model, whose conversation and tower are found by themselves", async () => {
    const tuned = join(WORLD, "tuned", "llava-qwen2");
    const args = [...pope, "--model", tuned, "--threads", "1", "--output", join(root, "tuned")];
    const { exitCode, stderr, result } = await runCommand<Results>(Eval, args);
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(result!.counts).toMatchObject({ asked: 60, answered: 60 });
    expect(result!.run!.identity).toMatchObject({ "prompt format": "qwen_2" });
    expect(result!.run!.firstPrompt).toMatch(/^<\|im_start\|>system\nYou are a helpful assistant\..*<image>\n/s);
    const mixed = await runCommand(Eval, [...args, "--adapter", tuned]);
    expect(mixed.stderr).toMatch(/--model=.* cannot also be provided when using --adapter|--adapter.*--model/s);
  });

  test("says which of the model's folders are missing, and where the answers go", async () => {
    const noModel = await runCommand(Eval, [...pope, "--adapter", WORLD, "--output", root]);
    expect(noModel.stderr).toBe(
      "langbridge: --llm, --vision: not given; an adapter needs all three, a folder tuned as a whole --model, a server --endpoint, answers that exist --answers\n",
    );
    const noOutput = await runCommand(Eval, [...pope, ...model]);
    expect(noOutput.stderr).toContain("--output: not given; a run keeps its answers there as they come");
    const both = await runCommand(Eval, [...pope, "--answers", "a.jsonl", "--shard", "0/2"]);
    expect(both.exitCode).not.toBe(0);
  });
});
