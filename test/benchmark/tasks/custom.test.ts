import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { custom } from "../../../src/benchmark/tasks/custom.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";

async function scoreOf(row: Record<string, unknown>, text: string): Promise<number> {
  const folder = dataFolder({ "questions.jsonl": jsonLines([{ image: null, question: "What?", ...row }]) });
  const { items } = await custom.load(folder);
  return custom.variants[0]!.judge(items[0]!, items[0]!.truth!, text).score;
}

describe("custom", () => {
  test.each([
    [{ answers: ["Red", "crimson"] }, "red.", 1],
    [{ answers: ["Red"] }, "dark red", 0],
    [{ answers: ["Red"], scoring: "contains" }, "It's dark, red!", 1],
    [{ answers: ["Red"], scoring: "contains" }, "redder", 0],
    [{ answers: ["ice cream"], scoring: "contains" }, "An ice-cream cone", 1],
    [{ answers: ["two", "2", "2", "three"], scoring: "vqa" }, "Two", 0.75],
    [{ answers: ["B"], scoring: "choice", choices: ["dog", "cat"] }, "B. cat", 1],
    [{ answers: ["cat"], scoring: "choice", choices: ["dog", "cat"] }, "(B)", 1],
    [{ answers: ["cat"], scoring: "choice", choices: ["dog", "cat"] }, "Cat.", 1],
    [{ answers: ["cat"], scoring: "choice", choices: ["dog", "cat"] }, "Cats are nice", 0],
  ])("%j answered %j scores %d", async (row, text, score) => {
    expect(await scoreOf(row, text)).toBeCloseTo(score, 12);
  });

  test("reads the same from a CSV table", async () => {
    const csv = [
      "id,image,question,answers,scoring,choices,category",
      '1,a.png,"Colour, if any?",red|crimson,,,colour',
      '2,a.png,"Which ""one""?",A,choice,dog|cat,',
      "3,,Is it there?,None,,,",
      "",
    ].join("\r\n");
    const fromCsv = await custom.load(dataFolder({ "questions.csv": csv }));
    const rows = [
      { id: "1", image: "a.png", question: "Colour, if any?", answers: ["red", "crimson"], category: "colour" },
      { id: "2", image: "a.png", question: 'Which "one"?', answers: ["A"], scoring: "choice", choices: ["dog", "cat"] },
      { id: "3", image: null, question: "Is it there?", answers: ["None"] },
    ];
    const fromLines = await custom.load(dataFolder({ "questions.jsonl": jsonLines(rows) }));
    expect(fromCsv.items).toEqual(fromLines.items);
    expect(fromCsv.files).toMatchObject([{ name: "questions.csv", rows: 3 }]);
    await expect(custom.load(dataFolder({ "q.csv": "image,question,answer\na.png,What?,x\n" }))).rejects.toThrow(
      /q\.csv: row 1: .*answer/,
    );
    await expect(custom.load(dataFolder({ "q.csv": "image,question,answers\na.png,What?\n" }))).rejects.toThrow(
      /row 1 has 2 fields, the header has 3; the file is truncated or not separated by commas/,
    );
  });

  test("asks in LLaVA's wording, or with the prompt that the row gives", async () => {
    const folder = dataFolder({
      "mine.jsonl": jsonLines([
        { image: "a.png", question: "Colour?", answers: ["red"] },
        { image: "a.png", question: "Which?", answers: ["A"], scoring: "choice", choices: ["dog", "cat"] },
        { image: "b.png", question: "Describe.", answers: ["dog"], scoring: "contains" },
        { image: null, id: "x", question: "?", answers: ["y"], prompt: "Say y." },
      ]),
    });
    const { items, files } = await custom.load(join(folder, "mine.jsonl"));
    expect(items.map(({ questionId, prompt }) => [questionId, prompt])).toEqual([
      [1, "Colour?\nAnswer the question using a single word or phrase."],
      [2, "Which?\nA. dog\nB. cat\nAnswer with the option's letter from the given choices directly."],
      [3, "Describe."],
      ["x", "Say y."],
    ]);
    expect(items.map(({ group }) => group)).toEqual(["a.png", "a.png", "b.png", "question x"]);
    expect(files).toMatchObject([{ name: "mine.jsonl", rows: 4 }]);
  });

  test("ranks choices by every measure; those that are equal share what they win", async () => {
    const choices = ["red", "dark green", "dark red"];
    const folder = dataFolder({
      "questions.jsonl": jsonLines([
        { image: null, question: "?", answers: ["Dark green."], scoring: "likelihood", choices },
        { image: null, question: "?", answers: ["dark green"], scoring: "contains", choices },
        { image: null, question: "?", answers: ["red"], scoring: "choice", choices },
        { image: null, question: "?", answers: ["red"] },
      ]),
    });
    const { items } = await custom.load(folder);
    expect(items.map(({ choices: ranked, onlyRanked, prompt }) => [ranked, onlyRanked, prompt])).toEqual([
      [choices, true, "?\nAnswer the question using a single word or phrase."],
      [choices, false, "?"],
      [["A", "B", "C"], false, expect.stringContaining("A. red\nB. dark green\nC. dark red")],
      [[], false, "?\nAnswer the question using a single word or phrase."],
    ]);
    const scores = (row: number, text: string, likelihoods?: number[][]): [string, number][] =>
      custom.variants.map((variant) => [
        variant.name,
        variant.judge(items[row]!, items[row]!.truth!, text, likelihoods).score,
      ]);
    expect(scores(0, "red", [[-2], [-1, -1.5], [-1, -4]])).toEqual([
      ["llava", 0],
      ["likelihood", 0],
      ["likelihood-per-character", 1],
      ["likelihood-per-token", 1],
      ["first-token", 0.5],
    ]);
    expect(scores(2, "B", [[-1], [-2], [-3]]).map(([, score]) => score)).toEqual([0, 1, 1, 1, 1]);
    expect(scores(3, "red").map(([, score]) => score)).toEqual([1, 1, 1, 1, 1]);
  });

  test("a prompt may mark the place of its image", async () => {
    const prompt = "The picture shows:<image>\nQuestion: what?";
    const folder = dataFolder({
      "questions.jsonl": jsonLines([
        { image: "a.png", question: "what?", answers: ["cat"], prompt },
        { image: "a.png", question: "what?", answers: ["cat"], prompt: "what?" },
      ]),
    });
    const { items } = await custom.load(folder);
    expect(items.map((item) => [item.prompt, item.placesImage])).toEqual([
      [prompt, true],
      ["what?", false],
    ]);
  });

  test.each([
    [[{ image: null, question: "?" }], /questions\.jsonl: line 1: "answers"/],
    [[{ image: null, question: "?", answers: ["a"], scoring: "choice" }], /row 1: scoring "choice" needs "choices"/],
    [[{ image: null, question: "?", answers: ["a"], scoring: "likelihood" }], /row 1: scoring "likelihood" needs/],
    [
      [{ image: null, question: "?", answers: ["c"], choices: ["a", "b"] }],
      /none of the answers is one of .* "a", "b"/,
    ],
    [[{ image: null, question: "?", answers: ["a"], choices: ["a", "a"] }], /row 1: has the choice "a" twice/],
    [[{ image: null, question: "?", answers: ["a"], choices: ["a", ""] }], /line 1: "choices\.1"/],
    [
      [{ image: null, question: "?", answers: ["0"], scoring: "choice", choices: [...Array(27).keys()].map(String) }],
      /row 1: has 27 choices, and scoring "choice" has letters for 26; use "likelihood"/,
    ],
    [
      [{ image: "a.png", question: "?", answers: ["a"], prompt: "<image> or <image>?" }],
      /row 1: "prompt" marks 2 places of images \("<image>"\) and the row has one/,
    ],
    [
      [{ image: null, question: "?", answers: ["a"], prompt: "in <image>?" }],
      /row 1: "prompt" marks 1 places of images \("<image>"\) and the row has no image/,
    ],
    [
      [{ image: null, question: "?", answers: ["d"], scoring: "choice", choices: ["a", "b"] }],
      /row 1: answer "d" is none of the choices and none of A, B/,
    ],
    [[{ image: null, question: "?", answers: ["a"], scoring: "vqa" }], /needs at least 4 answers, got 1; use "exact"/],
    [
      [
        { image: null, id: "a", question: "?", answers: ["a"] },
        { image: null, id: "a", question: "?", answers: ["a"] },
      ],
      /rows 1 and 2 have the same question id a and question/,
    ],
    [[], /questions\.jsonl: holds no rows/],
  ])("%j is refused", async (rows, message) => {
    const folder = dataFolder({ "questions.jsonl": jsonLines(rows) });
    await expect(custom.load(folder)).rejects.toThrow(message);
  });

  test("a folder without the file, and no folder at all, say what was expected", async () => {
    await expect(custom.load(dataFolder())).rejects.toThrow(
      /has no questions\.jsonl or \*\.jsonl or questions\.csv or \*\.csv: one JSON object/,
    );
    await expect(custom.load("/nowhere")).rejects.toThrow(
      /\/nowhere: no such folder; --data is the benchmark's folder/,
    );
  });
});
