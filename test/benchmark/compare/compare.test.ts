import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { findBenchmark, findVariant } from "../../../src/benchmark/tasks/benchmarks.js";
import { groupTable, pairedBootstrap, percentileInterval, quantile } from "../../../src/benchmark/compare/bootstrap.js";
import { compareResults } from "../../../src/benchmark/compare/compare.js";
import { formatResults, readResults, type Results } from "../../../src/benchmark/scoring/results.js";
import { scoreAnswers } from "../../../src/benchmark/scoring/score-answers.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";
import { describeWithSharedData, SHARED_DATA } from "../../helpers/shared-data.js";

const IMAGES = 40;
const custom = findBenchmark("custom");
const variant = findVariant(custom, undefined)!;
const questions = Array.from({ length: IMAGES * 3 }, (_, id) => ({
  id,
  image: `${id % IMAGES}.png`,
  question: "Yes?",
  answers: ["yes"],
}));

/** The result of answering every question right but those that `isWrong` picks. */
async function resultOf(
  isWrong: (id: number) => boolean,
  options: { rows?: readonly unknown[]; limit?: number; blind?: boolean } = {},
): Promise<Results> {
  const rows = options.rows ?? questions;
  const folder = dataFolder({
    "questions.jsonl": jsonLines(rows),
    "answers.jsonl": jsonLines(rows.map((_, id) => ({ question_id: id, text: isWrong(id) ? "no" : "yes" }))),
  });
  const { results } = await scoreAnswers({
    benchmark: custom,
    dataset: await custom.load(join(folder, "questions.jsonl")),
    answers: [join(folder, "answers.jsonl")],
    selection: { limit: options.limit ?? null, seed: null },
    blind: options.blind ?? false,
    tool: "test",
  });
  return results;
}

describe("compareResults", () => {
  test("gives before, after, difference, retention, and an interval that holds the difference", async () => {
    const before = await resultOf((id) => id % 4 === 0);
    const after = await resultOf((id) => id % 2 === 0);
    const comparison = compareResults(variant, after, { name: "before.json", results: before });
    expect(comparison).toMatchObject({ before: 0.75, after: 0.5, difference: -0.25, groups: IMAGES, blind: null });
    expect(comparison.retention).toBeCloseTo(2 / 3, 12);
    const [low, high] = comparison.interval;
    expect(low).toBeLessThan(-0.25);
    expect(high).toBeGreaterThan(-0.25);
    expect(high).toBeLessThan(0);
    expect(compareResults(variant, after, { name: "before.json", results: before })).toEqual(comparison);
  });

  test("a blind run is the floor that retention is measured from", async () => {
    const before = await resultOf((id) => id % 4 === 0);
    const after = await resultOf((id) => id % 2 === 0);
    const blind = await resultOf((id) => id % 4 !== 0, { blind: true });
    const comparison = compareResults(
      variant,
      after,
      { name: "before.json", results: before },
      { name: "blind.json", results: blind },
    );
    expect(comparison.blind).toBe(0.25);
    expect(comparison.retention).toBe(0.5);
  });

  test("a result compared with itself has lost nothing, for certain", async () => {
    const same = await resultOf((id) => id % 3 === 0);
    expect(compareResults(variant, same, { name: "same.json", results: same })).toMatchObject({
      difference: 0,
      interval: [0, 0],
      retention: 1,
      retentionInterval: [1, 1],
    });
  });

  test("refuses to compare where no question is annotated", async () => {
    const nothing = { ...(await resultOf(() => true)), groups: { names: "", sums: [] } };
    expect(() => compareResults(variant, nothing, { name: "old.json", results: nothing })).toThrow(
      "old.json: none of the questions asked is annotated, so there is nothing to compare",
    );
  });

  test("refuses other questions, other data and another benchmark, naming the baseline", async () => {
    const after = await resultOf(() => false);
    const compare = (results: Results) => () => compareResults(variant, after, { name: "old.json", results });
    expect(compare(await resultOf(() => false, { limit: 60 }))).toThrow(
      "old.json: answers 60 other questions than the 120 here; run both with the same --limit and --seed",
    );
    const reworded = questions.map((row) => ({ ...row, question: "No?" }));
    expect(compare(await resultOf(() => false, { rows: reworded }))).toThrow(
      /^old\.json: rests on other data: questions\.jsonl is sha256 [0-9a-f]{12}\.\.\. there and/,
    );
    expect(compare({ ...after, benchmark: "pope" })).toThrow(/old\.json: is a result of pope, this is custom/);
    expect(compare({ ...after, variant: "strict" })).toThrow(/was scored by the variant strict, this one by llava/);
  });
});

describe("a baseline whose sums are damaged", () => {
  type Sums = readonly (readonly number[])[];
  const damages: readonly (readonly [string, (results: Results) => Partial<Results>, RegExp])[] = [
    [
      "its figure is missing",
      () => ({ primary: null }),
      /its figure is missing, expected accuracy; the file is damaged/,
    ],
    [
      "its figure is another",
      ({ primary }) => ({ primary: { ...primary!, name: "f1" } }),
      /its figure is "f1", expected/,
    ],
    ["it has none", () => ({ groups: { names: "", sums: [] } }), /holds sums of 0 groups of questions, expected 40;/],
    ["groups are missing", ({ groups }) => withSums(groups.sums.slice(3)), /holds sums of 37 groups .*, expected 40;/],
    [
      "one is short",
      ({ groups }) => withSums([[1], ...groups.sums.slice(1)]),
      /group 0 of questions has 1 sums, expected 2/,
    ],
    ["one is long", ({ groups }) => withSums([...groups.sums.slice(1), [1, 2, 3]]), /group 39 of questions has 3 sums/],
    [
      "they are zero",
      ({ groups }) => withSums(groups.sums.map((row) => row.map(() => 0))),
      /says 0\.75 of accuracy, and its/,
    ],
    [
      "one is huge",
      ({ groups }) => withSums([[1e308, 3], ...groups.sums.slice(1)]),
      /says 0\.75 of accuracy, and its sums/,
    ],
    [
      "one is another",
      ({ groups }) => withSums([[3, 2], ...groups.sums.slice(1)]),
      /says 0\.75 of accuracy, and its sums/,
    ],
  ];
  const withSums = (sums: Sums) => ({ groups: { names: "", sums: sums.map((row) => [...row]) } });

  test.each(damages)("is refused: %s", async (_what, damage, message) => {
    const before = await resultOf((id) => id % 4 === 0);
    const after = await resultOf((id) => id % 2 === 0);
    const changed = { ...before, ...damage(before) };
    const results = { ...changed, groups: { ...changed.groups, names: before.groups.names } };
    expect(() => compareResults(variant, after, { name: "before.json", results })).toThrow(message);
    expect(() =>
      compareResults(variant, after, { name: "x", results: before }, { name: "blind.json", results }),
    ).toThrow(message);
  });

  test("is refused where a sum is negative or no number", async () => {
    const text = formatResults(await resultOf(() => false));
    for (const value of ["-1", "NaN", "Infinity", "null", '"1"']) {
      const folder = dataFolder({ "results.json": text.replace("[3,3]", `[3,${value}]`) });
      await expect(readResults(join(folder, "results.json"))).rejects.toThrow(/results\.json: "groups\.sums\.0\.1"/);
    }
  });
});

describe("results.json", () => {
  test("reads back as it was written, the sums of a group on one line", async () => {
    const results = await resultOf((id) => id === 0);
    const text = formatResults(results);
    const folder = dataFolder({ "results.json": text });
    expect(await readResults(join(folder, "results.json"))).toEqual(results);
    expect(text).toContain("\n      [2,3],\n      [3,3]");
  });

  test("another JSON file is no result, and a damaged one names the field", async () => {
    const folder = dataFolder({
      "other.json": "{}",
      "damaged.json": JSON.stringify({ ...(await resultOf(() => false)), counts: {} }),
    });
    await expect(readResults(join(folder, "other.json"))).rejects.toThrow(/other\.json: is not a result of langbridge/);
    await expect(readResults(join(folder, "damaged.json"))).rejects.toThrow(/damaged\.json: "counts\.asked"/);
  });
});

describe("bootstrap", () => {
  test("the standard error of a mean comes out of it", () => {
    const values = Array.from({ length: 100 }, (_, index) => [index % 2, 1]);
    const means: number[] = [];
    pairedBootstrap([groupTable(values)], { samples: 4000, seed: 1 }, ([total]) => means.push(total![0]! / total![1]!));
    const [low, high] = percentileInterval(Float64Array.from(means), 0.95);
    // 1.96 standard errors of 100 coin flips on either side of a half.
    expect(low).toBeCloseTo(0.5 - 0.098, 1.7);
    expect(high).toBeCloseTo(0.5 + 0.098, 1.7);
  });

  test("quantiles are those of numpy", () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0.95)).toBeCloseTo(3.85, 12);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describeWithSharedData("real answers", () => {
  const score = async (name: string, model: string): Promise<Results> => {
    const benchmark = findBenchmark(name);
    const dataset = await benchmark.load(join(SHARED_DATA, "benchmarks", name));
    const answers = [join(SHARED_DATA, "answers", model, `${name}.jsonl`)];
    return (await scoreAnswers({ benchmark, dataset, answers, tool: "test" })).results;
  };

  test.each(["pope", "mme", "mmbench", "scienceqa", "gqa", "textvqa"])(
    "%s: the sums of the groups add up to the score",
    async (name) => {
      const { groups, primary } = await score(name, "llama3-native");
      const chosen = findVariant(findBenchmark(name), undefined)!;
      const sums = groups.sums.reduce((total, row) => total.map((value, at) => value + row[at]!));
      expect(chosen.scores(Float64Array.from(sums))[chosen.primary]).toBeCloseTo(primary!.value, 9);
    },
  );

  test("POPE: moving the adapter gained more than chance would", async () => {
    const [before, after] = [await score("pope", "llama3-native"), await score("pope", "qwen2-from-llama3")];
    const { difference, interval } = compareResults(findVariant(findBenchmark("pope"), undefined)!, after, {
      name: "llama3-native",
      results: before,
    });
    expect(difference).toBeCloseTo(0.0161, 4);
    expect(interval[0]).toBeGreaterThan(0);
    expect(interval[1]).toBeLessThan(0.03);
  });
});
