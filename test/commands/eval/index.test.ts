import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import Eval from "../../../commands/eval/index.js";
import type { Results } from "../../../src/benchmark/scoring/results.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";
import { runCommand } from "../../helpers/run-command.js";

/** Six POPE questions on two images: each split asks one that is there and one that is not. */
function popeFolder(answers: readonly string[]): string {
  const splits = ["adversarial", "random", "popular"];
  const questions = splits.flatMap((category, split) =>
    ["cat", "dog"].map((object, at) => ({
      question_id: split * 2 + at + 1,
      image: `${at}.png`,
      text: `Is there a ${object} in the image?\nAnswer the question using a single word or phrase.`,
      category,
    })),
  );
  const labels = ["cat", "dog"].map((object, at) => ({
    question_id: at + 1,
    image: `${at}.png`,
    text: `Is there a ${object} in the image?`,
    label: at === 0 ? "yes" : "no",
  }));
  return dataFolder({
    "llava_pope_test.jsonl": jsonLines(questions),
    ...Object.fromEntries(splits.map((split) => [`coco/coco_pope_${split}.json`, jsonLines(labels)])),
    "answers.jsonl": jsonLines(
      answers.map((text, row) => ({ question_id: row + 1, prompt: questions[row]!.text, text })),
    ),
  });
}

const run = (...args: readonly string[]) => runCommand<Results>(Eval, [...args]);

const popeArgs = (folder: string): string[] => [
  "--benchmark",
  "pope",
  "--data",
  folder,
  "--answers",
  join(folder, "answers.jsonl"),
];

describe("langbridge eval --answers", () => {
  test("prints the score, what could not be read, and the files it rests on", async () => {
    const folder = popeFolder(["Yes", "No", "Yes", "maybe", "Yes"]);
    const { stdout, result } = await run(...popeArgs(folder));
    expect(result?.primary).toEqual({ name: "mean_f1", value: (1 + 2 / 3 + 1) / 3, unit: "fraction" });
    expect(stdout).toContain("mean_f1        88.89 %  <-");
    expect(stdout).toContain("6 questions asked, 6 scored, 5 answered");
    expect(stdout).toContain("1 without an answer, scored as wrong");
    expect(stdout).toContain('1 unparseable answers: 4 "maybe"');
    expect(stdout).toMatch(/coco\/coco_pope_random\.json +data +2 +[0-9a-f]{16}/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("--json gives the same object that --output writes, and prints no table", async () => {
    const folder = popeFolder(["Yes", "No", "Yes", "No", "Yes", "No"]);
    const output = join(folder, "out");
    const { stdout, result } = await run(...popeArgs(folder), "--output", output, "--json");
    expect(result).toEqual(JSON.parse(readFileSync(join(output, "results.json"), "utf8")));
    expect(JSON.parse(stdout)).toEqual(result);
  });

  test("--html writes the same report as one page that runs its own script alone and escapes what answers say", async () => {
    const folder = popeFolder(["Yes", "No", "<script>alert(1)</script>", "No", "Yes", "No"]);
    const page = join(folder, "report.html");
    await run(...popeArgs(folder), "--html", page);
    const html = readFileSync(page, "utf8");
    expect(html).toContain("<title>langbridge eval: pope</title>");
    expect(html).toMatch(/<td>mean_f1<\/td><td class="right">[\d.]+ %<\/td>/);
    expect(html).toContain("1 unparseable answers: 3 &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;");
    expect([...html.matchAll(/<script/g)]).toHaveLength(2); // The data, and the script of the page.
  });

  test("--baseline prints before, after, difference, interval and retention, above a blind run", async () => {
    const good = popeFolder(["Yes", "No", "Yes", "No", "Yes", "No"]);
    const worse = popeFolder(["Yes", "Yes", "Yes", "No", "Yes", "No"]);
    const blind = popeFolder(["Yes", "Yes", "Yes", "Yes", "Yes", "Yes"]);
    await run(...popeArgs(good), "--output", join(good, "out"));
    await run(...popeArgs(blind), "--output", join(blind, "out"), "--blind");
    const { stdout, result } = await run(
      ...popeArgs(worse),
      "--baseline",
      join(good, "out", "results.json"),
      "--baseline",
      join(blind, "out", "results.json"),
    );
    expect(result?.comparison).toMatchObject({ before: 1, blind: 2 / 3 });
    expect(result?.comparison?.retention).toBeCloseTo(2 / 3, 12);
    expect(stdout).toMatch(/mean_f1 +100\.00 % +88\.89 % +-11\.11 +-\d+\.\d+ to \+\d+\.\d+ +66\.7 %/);
    expect(stdout).toContain("of what stands above 66.67 % blind");
  });

  test("MM-Vet gets its upload file and no score", async () => {
    const folder = dataFolder({
      "llava-mm-vet.jsonl": jsonLines([{ question_id: 0, image: "v1_0.png", text: "What is x?", category: "conv" }]),
      "answers.jsonl": jsonLines([{ question_id: 0, prompt: "What is x?", text: "é \u007f\n" }]),
    });
    const args = ["--benchmark", "mmvet", "--data", folder, "--answers", join(folder, "answers.jsonl")];
    const { result } = await run(...args, "--output", join(folder, "out"));
    expect(result?.primary).toBeNull();
    expect(readFileSync(join(folder, "out", "mm-vet.upload.json"), "utf8")).toBe(
      '{\n  "v1_0": "\\u00e9 \\u007f\\n"\n}',
    );
  });

  test("an input error is one line, exit code 1, and leaves no output", async () => {
    const folder = popeFolder(["Yes"]);
    const { stderr, exitCode } = await run(
      ...popeArgs(folder),
      "--baseline",
      join(folder, "none.json"),
      "--output",
      join(folder, "out"),
    );
    expect(stderr).toMatch(/^langbridge: .*none\.json: cannot be read: no such file or folder\n$/);
    expect(exitCode).toBe(1);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});
