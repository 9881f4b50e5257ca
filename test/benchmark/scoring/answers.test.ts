import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readAnswers, type Answer } from "../../../src/benchmark/scoring/answers.js";
import type { Dataset } from "../../../src/benchmark/tasks/benchmark.js";
import { toItems } from "../../../src/benchmark/tasks/item.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";

/** Question 1 once, question 2 with two prompts. */
const dataset: Dataset<unknown> = {
  ...toItems("questions.jsonl", [
    { questionId: 1, image: null, prompt: "a?", truth: null },
    { questionId: 2, image: null, prompt: "b?", truth: null },
    { questionId: 2, image: null, prompt: "c?", truth: null },
  ]),
  files: [],
  questionFile: "questions.jsonl",
  notes: [],
};

async function read(...files: readonly string[]): Promise<Answer[]> {
  const folder = dataFolder(Object.fromEntries(files.map((content, index) => [`part${index}.jsonl`, content])));
  const found: Answer[] = [];
  await readAnswers(
    files.map((_, index) => join(folder, `part${index}.jsonl`)),
    dataset,
    (answer) => found.push(answer),
  );
  return found;
}

describe("readAnswers", () => {
  test("finds rows over several files, by id and by prompt where an id repeats, whatever the order", async () => {
    const answers = await read(
      jsonLines([{ question_id: 2, prompt: "c?", text: "C" }]),
      jsonLines([
        { question_id: "1", prompt: "worded otherwise?", text: "A" },
        { question_id: 2, prompt: "b?", text: "B" },
      ]),
    );
    expect(answers).toEqual([
      { row: 2, text: "C", samePrompt: true, missingImage: false },
      { row: 0, text: "A", samePrompt: false, missingImage: false },
      { row: 1, text: "B", samePrompt: true, missingImage: false },
    ]);
  });

  test.each([
    ["a broken line", ['{"question_id":1,"text":"a"}\n{"question'], /part0\.jsonl: line 2: is not valid JSON/],
    ["no text", [jsonLines([{ question_id: 1 }])], /part0\.jsonl: line 1: "text": /],
    [
      "an unknown id",
      [jsonLines([{ question_id: 9, text: "a" }])],
      /part0\.jsonl: line 1: question_id "9" is not in questions\.jsonl; are these answers to another benchmark\?/,
    ],
    [
      "an unknown prompt of a repeated id",
      [jsonLines([{ question_id: 2, prompt: "z?", text: "a" }])],
      /asks several questions as "2" and none of them is "z\?"/,
    ],
    [
      "a question answered twice",
      [jsonLines([{ question_id: 1, text: "a" }]), jsonLines([{ question_id: 1, text: "a" }])],
      /part1\.jsonl: line 1: answers question 1 again, after .*part0\.jsonl: line 1; keep one/,
    ],
  ])("%s is refused with file and line", async (_name, files, message) => {
    await expect(read(...files)).rejects.toThrow(message);
  });
});
