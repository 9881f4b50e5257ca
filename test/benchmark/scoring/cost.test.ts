import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "bench", "lib", "score-cost.js");

interface Cost {
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
