import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { scoreAnswers } from "../../../src/benchmark/scoring/score-answers.js";
import { mmbench } from "../../../src/benchmark/tasks/mmbench.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";

const HEADER = "index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\timage";

const folderOf = (...rows: string[]): string =>
  dataFolder({ "mmbench_dev_20230712.tsv": `${[HEADER, ...rows].join("\n")}\n` });

/** The share of right rows of answers to questions 1, 2, ... */
async function accuracy(folder: string, answers: readonly string[], variant: string): Promise<number> {
  const lines = jsonLines(answers.map((text, row) => ({ question_id: row + 1, text })));
  const { results } = await scoreAnswers({
    benchmark: mmbench,
    dataset: await mmbench.load(folder),
    answers: [join(dataFolder({ "answers.jsonl": lines }), "answers.jsonl")],
    variant,
    tool: "test",
  });
  return results.scores["rows"]!;
}

describe("options that are words for nothing", () => {
  const folder = folderOf(
    "1\tWhich symbol is chlorine?\t\tK\tNa\tCl\tH\tC\tchem\t",
    "2\tWhich word is a colour?\t\ttree\tNull\tred\tsix\tC\tword\t",
    "3\tHow many are there?\t\tNone\t1\t2\t3\tA\tcount\t",
    "4\tWhich one is it?\t\tone\tNA\tthree\tfour\tC\tcount\t",
  );

  test("are asked about as LLaVA asks", async () => {
    const { items } = await mmbench.load(folder);
    expect(items.map(({ prompt }) => prompt.split("\n").slice(1, -1))).toEqual([
      ["A. K", "B. Na", "C. Cl", "D. H"],
      ["A. tree", "B. Null", "C. red", "D. six"],
      [],
      ["A. one"],
    ]);
  });

  test.each(["llava", "lmms-eval"])("count as the table has them, by %s", async (variant) => {
    expect(await accuracy(folder, ["C", "C", "A", "C"], variant)).toBe(1);
    expect(await accuracy(folder, ["B", "D", "B", "A"], variant)).toBe(0);
  });
});

test("a row without a question, and one whose index is no whole number, are named", async () => {
  await expect(mmbench.load(folderOf("1\tNA\t\ta\tb\tc\td\tA\tx\t"))).rejects.toThrow(/row 1: has no question$/);
  for (const index of ["", "1.5", "x", "NA", "1e3"]) {
    await expect(mmbench.load(folderOf(`${index}\tq\t\ta\tb\tc\td\tA\tx\t`))).rejects.toThrow(
      /row 1: index is "[^"]*", a whole number was expected$/,
    );
  }
});

interface Golden {
  readonly text: string;
  readonly rows?: readonly Readonly<Record<string, string>>[];
  readonly options?: readonly (readonly string[])[];
}

test("options are those of LLaVA's runner in every table", async () => {
  const path = join(import.meta.dirname, "..", "..", "goldens", "tables.json");
  const goldens = JSON.parse(readFileSync(path, "utf8")) as Golden[];
  const whole = goldens.filter(({ rows }) => rows?.every(({ question }) => question !== undefined));
  expect(whole.length).toBeGreaterThan(10);
  for (const { text, options } of whole) {
    const { items } = await mmbench.load(dataFolder({ "mmbench_dev_20230712.tsv": text }));
    expect(items.map(({ extra }) => extra["options"])).toEqual(options);
  }
});
