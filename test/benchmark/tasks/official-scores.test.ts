import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readAnswers } from "../../../src/benchmark/scoring/answers.js";
import { findBenchmark, findVariant } from "../../../src/benchmark/tasks/benchmarks.js";
import { normaliseAnswer } from "../../../src/benchmark/tasks/rules/evalai.js";
import { Scorer, type Scored } from "../../../src/benchmark/scoring/scorer.js";
import { describeWithSharedData, hasSharedData, SHARED_DATA } from "../../helpers/shared-data.js";

// Expected values: what the official scripts, named beside each of them, print on the same answers.
type Figures = Readonly<Record<string, unknown>>;
interface Expected {
  readonly scores: Readonly<Record<string, Figures>>;
}
const expected = (
  hasSharedData ? JSON.parse(readFileSync(join(SHARED_DATA, "expected", "scores.json"), "utf8")) : {}
) as Readonly<Record<string, Expected>>;

const MODELS = ["llama3-native", "qwen2-from-llama3", "llava-1.5-13b"];

async function score(name: string, answers: string, folder = name, variant?: string): Promise<Scored> {
  const benchmark = findBenchmark(name);
  const dataset = await benchmark.load(join(SHARED_DATA, "benchmarks", folder));
  const rows = dataset.items.map((_, row) => row);
  const scorer = new Scorer(benchmark, dataset, rows, findVariant(benchmark, variant));
  await readAnswers([join(SHARED_DATA, "answers", answers)], dataset, (answer) => scorer.add(answer));
  return scorer.finish();
}

describeWithSharedData("the official scripts' scores on real answers", () => {
  test.each(MODELS)("POPE, three splits: %s", async (model) => {
    const { details, scores, counts } = await score("pope", `${model}/pope.jsonl`);
    const { _mean_f1, _mean_accuracy, rows, ...splits } = expected["pope"]!.scores[model]!;
    for (const [split, figures] of Object.entries(splits)) expect(details[split]).toMatchObject(figures as object);
    expect(scores["mean_f1"]).toBe(_mean_f1);
    expect(scores["mean_accuracy"]).toBe(_mean_accuracy);
    expect(counts).toMatchObject({ asked: rows, answered: rows, missing: 0, unparseable: 0, otherPrompt: 0 });
  });

  test.each(MODELS.slice(0, 2))("ScienceQA, total and image: %s", async (model) => {
    const { scores, groups } = await score("scienceqa", `${model}/scienceqa.jsonl`);
    const wanted = expected["scienceqa"]!.scores[model]!;
    expect(scores["accuracy"]! * 100).toBe(wanted["acc"]);
    expect(scores["image_accuracy"]! * 100).toBe(wanted["img_acc"]);
    const sum = (at: number): number => groups.sums.reduce((total, group) => total + group[at]!, 0);
    expect([sum(0), sum(1), sum(2), sum(3)]).toEqual(
      ["correct", "count", "img_correct", "img_count"].map((name) => wanted[name]),
    );
  });

  test.each(MODELS)("MME, every task: %s", async (model) => {
    const { scores, primary } = await score("mme", `${model}/mme.jsonl`);
    const wanted = expected["mme"]!.scores[model] as {
      Perception: { tasks: object; total: number };
      Cognition: { tasks: object; total: number };
      total: number;
    };
    expect(scores).toMatchObject({ ...wanted.Perception.tasks, ...wanted.Cognition.tasks });
    expect(scores["perception"]).toBe(wanted.Perception.total);
    expect(scores["cognition"]).toBe(wanted.Cognition.total);
    expect(primary).toEqual({ name: "total", value: wanted.total, unit: "points" });
  });

  test.each(MODELS)("MMBench, circular and single pass: %s", async (model) => {
    const { scores, counts } = await score("mmbench", `${model}/mmbench.jsonl`);
    const wanted = expected["mmbench_dev"]!.scores[model]!;
    expect(scores).toEqual({
      circular: wanted["circular_acc"],
      single_pass: wanted["vanilla_acc"],
      rows: wanted["exact_match_acc"],
    });
    expect(counts.asked - counts.unparseable).toBe(wanted["parsable_letter"]);
  });

  test.each(MODELS)("GQA on the annotated questions, with its tables: %s", async (model) => {
    const { scores, counts, details } = await score("gqa", `${model}/gqa.jsonl`);
    const wanted = expected["gqa_SUBSET"]!.scores[model]!;
    expect(scores["accuracy"]! * 100).toBe(wanted["accuracy"]);
    expect(counts).toMatchObject({ asked: 12578, scored: wanted["questions"], answered: 12578 });
    const percent = (table: string, part: string): number => Number((details[table]![part]! * 100).toFixed(2));
    expect({
      Binary: percent("overview", "binary"),
      Open: percent("overview", "open"),
      Accuracy: Number((scores["accuracy"]! * 100).toFixed(2)),
      Distribution: Number(details["overview"]!["distribution"]!.toFixed(2)),
    }).toEqual(wanted["printed"]);
    const printed = wanted["printed_detail"] as Record<string, Record<string, [number, number]>>;
    for (const [heading, parts] of Object.entries(printed)) {
      const table = `by ${heading.replace("Accuracy / ", "").replace(" number", "")}`;
      for (const [part, figures] of Object.entries(parts)) {
        expect([table, part, percent(table, part), details[table]![`${part}/count`]]).toEqual([
          table,
          part,
          ...figures,
        ]);
      }
    }
  });

  test.each(MODELS)("TextVQA's arithmetic: %s", async (model) => {
    const { scores } = await score("textvqa", `${model}/textvqa.jsonl`);
    expect(scores["accuracy"]).toBe(expected["textvqa_PSEUDO"]!.scores[model]!["accuracy"]);
  });

  test("TextVQA's normaliser on 8,637 answers", () => {
    const path = join(SHARED_DATA, "benchmarks", "textvqa", "evalai_normalised_answers.json");
    const pairs = Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, string>);
    expect(pairs).toHaveLength(8637);
    expect(pairs.filter(([answer, wanted]) => normaliseAnswer(answer) !== wanted)).toEqual([]);
  });

  test("MM-Vet's upload file, byte for byte", async () => {
    const { upload, primary } = await score("mmvet", "llava-1.5-13b/mm-vet.jsonl", "mm-vet");
    const wanted = readFileSync(join(SHARED_DATA, "answers", "llava-1.5-13b", "mm-vet.upload.json"), "utf8");
    expect(upload?.content).toBe(wanted);
    expect(primary).toBeNull();
  });

  test("POPE's annotations of a later drawing do not fit LLaVA's questions and are refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), "langbridge-"));
    try {
      cpSync(join(SHARED_DATA, "benchmarks", "pope-3000"), folder, { recursive: true });
      cpSync(join(SHARED_DATA, "benchmarks", "pope", "llava_pope_test.jsonl"), join(folder, "llava_pope_test.jsonl"));
      await expect(findBenchmark("pope").load(folder)).rejects.toThrow(
        /coco_pope_adversarial\.json: 3000 rows do not fit the 3000 adversarial questions .* \(first difference in row \d+\)/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("the variants differ where an answer is not a plain yes or no", async () => {
    const { variants } = await score("pope", "qwen2-from-llama3/pope.jsonl");
    expect(Object.keys(variants)).toEqual(["llava", "strict", "lmms-eval"]);
    expect(variants["strict"]).toEqual(variants["llava"]);
    expect(variants["lmms-eval"]!["yes_ratio"]).toBe(4500 / 8910);
  });
});
