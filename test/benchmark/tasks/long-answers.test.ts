import { describe, expect, test } from "@jest/globals";
import { BENCHMARKS } from "../../../src/benchmark/tasks/benchmarks.js";
import { strip, stripFullStops } from "../../../src/benchmark/tasks/rules/python.js";
import { toItems } from "../../../src/benchmark/tasks/item.js";
import { textvqa } from "../../../src/benchmark/tasks/textvqa.js";
import { seededRandom } from "../../../src/tensor/random.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";

const LENGTH = 400_000;

/** What repeats in an answer, between what begins and ends it. Where work grows with the square of the length, each takes a minute. */
const UNITS = [
  ...[
    ".",
    " ",
    "\t",
    "\u0085",
    ",",
    "?",
    '"',
    "'s",
    "\n",
    "(",
    "A ",
    " a. ",
    "no ",
    "1.",
    "-",
    "日",
    "\u{1f600}",
    "\ud800",
  ],
  ...["The answer is A", "Question: ", "OCR tokens: Question: ", "yes, ", "zero ", "don't "],
];
const ENDS: readonly (readonly [string, string])[] = [
  ["", ""],
  ["x", "x"],
  ["", "x"],
  ["x", ""],
];

const TRUTHS: Readonly<Record<string, readonly unknown[]>> = {
  pope: [{ split: "random", label: "yes" }],
  mme: [{ task: "OCR", label: "no" }],
  scienceqa: [{ letter: "B", offered: ["A", "B"] }],
  gqa: [{ answer: "t-shirt" }],
  mmbench: [{ letter: "A", options: ["dog", "cat"], isFirstPass: true }],
  textvqa: [{ answers: Array<string>(10).fill("ten") }],
  custom: ["exact", "contains", "vqa", "choice"].map((scoring) => ({
    scoring,
    answers: ["dog", "A"],
    choices: ["dog", "cat"],
  })),
};

describe("answers of 400,000 characters", () => {
  const scored = Object.values(BENCHMARKS).filter(({ variants }) => variants.length > 0);

  test("every scored benchmark is tried", () => {
    expect(Object.keys(TRUTHS).sort()).toEqual(scored.map(({ name }) => name).sort());
  });

  test.each(scored.map((benchmark) => [benchmark.name, benchmark] as const))(
    "of %s are read in linear time",
    (name, { variants }) => {
      for (const truth of TRUTHS[name]!) {
        const item = toItems("questions", [{ questionId: 1, image: null, prompt: "?", truth }]).items[0]!;
        for (const unit of UNITS) {
          const middle = unit.repeat(Math.ceil(LENGTH / unit.length));
          for (const [start, end] of ENDS) {
            for (const variant of variants) {
              const { score } = variant.judge(item, truth, start + middle + end);
              expect(score).toBeGreaterThanOrEqual(0);
            }
          }
        }
      }
    },
  );

  test("and prompts as long are told by their question", async () => {
    const folder = dataFolder({
      "llava_textvqa_val_v051_ocr.jsonl": jsonLines([{ question_id: "a", image: "a.jpg", text: "what?" }]),
      "TextVQA_0.5.1_val.json": JSON.stringify({
        data: [{ image_id: "a", question: "what?", answers: Array<string>(10).fill("x") }],
      }),
    });
    const { keyOf } = await textvqa.load(folder);
    for (const unit of UNITS) expect(keyOf("a", `OCR tokens: ${unit.repeat(LENGTH / unit.length)}`)).toBe("a");
    const repeated = toItems("f", [{ questionId: 1, image: null, prompt: "", truth: null }]);
    expect(repeated.keyOf("1", "x")).toBe("1");
  });
});

test("what strip and rstrip take off is what Python's do", () => {
  const random = seededRandom(3);
  const characters = [".", ".", " ", " ", "\t", "\n", "\u0085", "\u001c", "\u3000", "\ufeff", "\u200b", "a", "é", "日"];
  // str.isspace() of Python, for the characters here.
  const isSpace = (character: string): boolean => " \t\n\u0085\u001c\u3000".includes(character);
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: Math.floor(random() * 9) }, () => characters[Math.floor(random() * 14)]!);
    const first = text.findIndex((character) => !isSpace(character));
    const last = text.findLastIndex((character) => !isSpace(character));
    expect(strip(text.join(""))).toBe(first < 0 ? "" : text.slice(first, last + 1).join(""));
    expect(stripFullStops(text.join(""))).toBe(text.slice(0, text.findLastIndex((each) => each !== ".") + 1).join(""));
  }
});
