import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { dataFolder, jsonLines } from "../helpers/data-folder.js";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "..", "helpers", "score-cost.js");

interface Cost {
  readonly cpuSeconds: number;
  /** MB that stay after a collection. */
  readonly heapOfQuestions: number;
  readonly heapOfAnswers: number;
  readonly counts: { readonly answered: number };
}

function costOf(benchmark: string, folder: string): Cost {
  const args = ["--expose-gc", SCRIPT, benchmark, folder, join(folder, "answers", "a.jsonl")];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Cost;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("scoring", () => {
  test("9,000 POPE answers, questions and labels read, take less than a second of CPU", () => {
    const ask = (id: number): string => `Is there a thing ${id} in the image?`;
    const split = (id: number): string => ["adversarial", "random", "popular"][Math.floor(id / 3000)]!;
    const questions = numbers(9000).map((id) => ({
      question_id: id,
      image: `${Math.floor(id / 6)}.jpg`,
      text: `${ask(id)}\nAnswer the question using a single word or phrase.`,
      category: split(id),
    }));
    const labels = questions.map(({ question_id: id, image }) => ({
      image,
      text: ask(id),
      label: id % 2 ? "yes" : "no",
    }));
    const folder = dataFolder({
      "llava_pope_test.jsonl": jsonLines(questions),
      ...Object.fromEntries(
        [0, 3000, 6000].map((first) => [
          `coco/coco_pope_${split(first)}.json`,
          jsonLines(labels.slice(first, first + 3000)),
        ]),
      ),
      "answers/a.jsonl": jsonLines(
        questions.map(({ question_id, text: prompt }) => ({ question_id, prompt, text: "Yes" })),
      ),
    });
    const { cpuSeconds, counts } = costOf("pope", folder);
    expect(counts.answered).toBe(9000);
    expect(cpuSeconds).toBeLessThan(1);
  });

  test("100,000 answers leave next to nothing in memory, their questions half a kilobyte each", () => {
    const rows = numbers(100_000).map((id) => ({
      id,
      image: `${id >> 4}.jpg`,
      question: `Is it ${id}?`,
      answers: ["no"],
    }));
    const folder = dataFolder({
      "questions.jsonl": jsonLines(rows),
      "answers/a.jsonl": jsonLines(rows.map(({ id }) => ({ question_id: id, text: "Yes, and at some length." }))),
    });
    const { heapOfAnswers, heapOfQuestions, counts } = costOf("custom", folder);
    expect(counts.answered).toBe(100_000);
    expect(heapOfAnswers).toBeLessThan(20);
    expect(heapOfQuestions).toBeLessThan(80);
  });
});
