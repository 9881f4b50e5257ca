import { describe, expect, test } from "@jest/globals";
import type { Judgement } from "../../../src/benchmark/tasks/benchmark.js";
import { findBenchmark, findVariant } from "../../../src/benchmark/tasks/benchmarks.js";
import { toItems } from "../../../src/benchmark/tasks/item.js";

function judge(benchmark: string, variant: string, truth: unknown, text: string): Judgement {
  const { items } = toItems("questions", [{ questionId: 1, image: null, prompt: "?", truth }]);
  return findVariant(findBenchmark(benchmark), variant)!.judge(items[0]!, truth, text);
}

/** [text, what was read, whether it says nothing the question allows] */
type Case = readonly [string, string | null, boolean];

const TABLES: readonly { benchmark: string; variant: string; truth: unknown; cases: readonly Case[] }[] = [
  {
    benchmark: "pope",
    variant: "llava",
    truth: { split: "random", label: "yes" },
    cases: [
      ["Yes", "yes", false],
      ["No, there is none", "no", false],
      ["There is not. Yes.", "no", false],
      ["NO", "yes", false],
      ["Nothing", "yes", true],
      ["", "yes", true],
      ["Perhaps. No", "yes", false],
    ],
  },
  {
    benchmark: "pope",
    variant: "strict",
    truth: { split: "random", label: "yes" },
    cases: [
      ["Yes, it is.", "yes", false],
      ["NO!", "no", false],
      ["yes and no", null, true],
      ["Nothing", null, true],
    ],
  },
  {
    benchmark: "pope",
    variant: "lmms-eval",
    truth: { split: "random", label: "yes" },
    cases: [
      [" YES ", "yes", false],
      ["Yes.", null, true],
    ],
  },
  {
    benchmark: "mme",
    variant: "llava",
    truth: { task: "OCR", label: "no" },
    cases: [
      ["No.", "no", false],
      ["Knots", "no", false],
      ["It is not", null, true],
      ["Ayes", "yes", false],
    ],
  },
  {
    benchmark: "mme",
    variant: "lmms-eval",
    truth: { task: "OCR", label: "no" },
    cases: [
      ["N", "no", false],
      ["y.", "yes", false],
      ["x", null, true],
      ["Not so", "no", false],
    ],
  },
  {
    benchmark: "mme",
    variant: "strict",
    truth: { task: "OCR", label: "no" },
    cases: [
      ["No.", "no", false],
      ["No way", null, true],
    ],
  },
  {
    benchmark: "scienceqa",
    variant: "llava",
    truth: { letter: "B", offered: ["A", "B"] },
    cases: [
      ["B", "B", false],
      ["B. both", "B", false],
      ["B.", null, true],
      ["The answer is B.", "B", false],
      ["The answer is A. The answer is B.", null, true],
      ["D", "D", true],
      ["b", null, true],
    ],
  },
  {
    benchmark: "scienceqa",
    variant: "lmms-eval",
    truth: { letter: "B", offered: ["A", "B"] },
    cases: [
      ["B.", "B", false],
      ["The answer is B.", null, true],
    ],
  },
  {
    benchmark: "gqa",
    variant: "llava",
    truth: { answer: "t-shirt" },
    cases: [
      ["T-shirt.", "t-shirt", false],
      [" t-shirt", " t-shirt", false],
      [" ", " ", true],
    ],
  },
  {
    benchmark: "gqa",
    variant: "lmms-eval",
    truth: { answer: "t-shirt" },
    cases: [["T shirt!", "t shirt", false]],
  },
  {
    benchmark: "mmbench",
    variant: "llava",
    truth: { letter: "A", options: ["dog", "cat"], isFirstPass: true },
    cases: [
      [" A\n", "A", false],
      ["A.", null, true],
      ["C", null, true],
    ],
  },
  {
    benchmark: "mmbench",
    variant: "lmms-eval",
    truth: { letter: "A", options: ["dog", "cat"], isFirstPass: true },
    cases: [
      ["(B)", "B", false],
      ["It is B", "B", false],
      ["A dog", "A", false],
      ["A small dog runs", "A", false],
      ["A dog and a cat", null, true],
    ],
  },
];

describe.each(TABLES)("$benchmark, $variant", ({ benchmark, variant, truth, cases }) => {
  test.each(cases)("%j is read as %j, unparseable: %j", (text, parsed, unparseable) => {
    expect(judge(benchmark, variant, truth, text)).toMatchObject({ parsed, unparseable });
  });
});

describe("findVariant", () => {
  test("lists the variants there are", () => {
    expect(() => findVariant(findBenchmark("textvqa"), "strict")).toThrow(
      "--metric-variant strict: textvqa has no such variant; it has llava",
    );
    expect(() => findVariant(findBenchmark("mmvet"), "llava")).toThrow(/scored by an external grader/);
    expect(() => findBenchmark("coco")).toThrow(/no such benchmark; there are gqa, textvqa, mme/);
  });
});
