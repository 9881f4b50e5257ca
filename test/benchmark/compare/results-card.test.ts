import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { evaluateAnswers, type EvaluateAnswersOptions } from "../../../src/benchmark/compare/evaluate.js";
import { resultsCard } from "../../../src/benchmark/compare/results-card.js";
import { InterruptedError } from "../../../src/errors.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const WORLD = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "fixtures", "small-world");
const root = temporaryFolder();

interface Question {
  readonly question_id: number;
  readonly text: string;
}
const questions = readFileSync(join(WORLD, "benchmarks", "pope", "llava_pope_test.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Question);

/** An answer file that says one thing to every question. */
function answersOf(text: string): string {
  const file = join(root, `${text}.jsonl`);
  const lines = questions.map(({ question_id, text: prompt }) => JSON.stringify({ question_id, prompt, text }));
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

const optionsOf = (text: string, output: string): EvaluateAnswersOptions => ({
  ...{ benchmark: "pope", data: join(WORLD, "benchmarks", "pope"), answers: [answersOf(text)] },
  ...{ selection: { limit: null, seed: null }, blind: false, baselines: [], output, tool: "langbridge 1.2.3" },
});

test("a run leaves a card with the Hub's block and each figure as results.json has it", async () => {
  const [before, after] = [join(root, "before"), join(root, "after")];
  await evaluateAnswers(optionsOf("yes", before));
  const baselines = [join(before, "results.json")];
  const results = await evaluateAnswers({ ...optionsOf("no", after), baselines });
  const card = readFileSync(join(after, "README.md"), "utf8");
  expect(card).toBe(resultsCard(results));
  expect(card).toMatch(/^---\nlibrary_name: langbridge\n(?:.*\n)*?tags:\n {2}- langbridge\n# license: .*\n---\n/);
  const { name, value } = results.primary!;
  expect(card).toContain(
    `- pope, ${questions.length} questions: ${name} ${(100 * value).toFixed(2)} % (metric variant`,
  );
  expect(card).toMatch(/- against a baseline of \S+ [\d.]+ %: [+-][\d.]+ points, 95 % interval/);
  expect(card).toContain("Made by langbridge 1.2.3.");
  expect(card).not.toContain(root);
});

test("the card of a model that is there already stays, and an older one of results is written anew", async () => {
  const output = join(root, "kept");
  mkdirSync(output);
  const own = "---\nlibrary_name: langbridge\n---\n\n# adapter for llm\n";
  writeFileSync(join(output, "README.md"), own);
  await evaluateAnswers(optionsOf("yes", output));
  expect(readFileSync(join(output, "README.md"), "utf8")).toBe(own);
  const again = join(root, "again");
  await evaluateAnswers(optionsOf("yes", again));
  const first = readFileSync(join(again, "README.md"), "utf8");
  await evaluateAnswers(optionsOf("no", again));
  expect(readFileSync(join(again, "README.md"), "utf8")).not.toBe(first);
});

test("an aborted signal ends the scoring, before it and within it, and leaves nothing", async () => {
  const options = optionsOf("yes", join(root, "aborted"));
  await expect(evaluateAnswers({ ...options, signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
  const controller = new AbortController();
  const onProgress = ({ stage }: { stage: string }): void => void (stage.startsWith("scoring") && controller.abort());
  await expect(evaluateAnswers({ ...options, signal: controller.signal, onProgress })).rejects.toThrow(
    InterruptedError,
  );
  expect(() => readFileSync(join(root, "aborted", "results.json"))).toThrow(/ENOENT/);
});
