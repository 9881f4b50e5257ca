import { z } from "zod";
import { InputError } from "../../errors.js";
import { ratio } from "./rules/accuracy.js";
import type { Benchmark, DataFile, Dataset, Judged, Judgement, Scores, Variant } from "./benchmark.js";
import { findDataFile, readJsonLines, type WantedFile } from "./data-files.js";
import { imageFile, toItems } from "./item.js";
import { findParquet, readParquetRows } from "./parquet-data.js";
import { strip } from "./rules/python.js";
import { firstSentenceSaysNo, saysYesOrNo } from "./rules/yes-no.js";
import { SHORT_ANSWER } from "./wording.js";

/** In the order of LLaVA's question file. */
const SPLITS = ["adversarial", "random", "popular"] as const;
type Split = (typeof SPLITS)[number];

interface PopeTruth {
  readonly split: Split;
  readonly label: "yes" | "no";
}

const questionSchema = z.object({
  question_id: z.union([z.number(), z.string()]),
  image: z.string(),
  text: z.string(),
  category: z.enum(SPLITS),
});
type Question = z.output<typeof questionSchema>;

const labelSchema = z.object({ image: z.string(), text: z.string(), label: z.enum(["yes", "no"]) });
type Label = z.output<typeof labelSchema>;

const QUESTIONS: WantedFile = {
  names: ["llava_pope_test.jsonl"],
  origin: "LLaVA's question file, from the eval.zip that its docs/Evaluation.md names",
};
const labels = (split: Split): WantedFile => ({
  names: [`coco/coco_pope_${split}.json`, `coco_pope_${split}.json`],
  origin:
    "POPE's annotations, output/coco at commit e3e39262 of the POPE repository, as LLaVA's docs/Evaluation.md says",
});

/** Columns of lmms-lab/POPE. Source: lmms-eval, tasks/pope/utils.py; the prompt is its, and LLaVA's. */
const PARQUET = {
  place: { folders: ["data", "."], split: "test" },
  columns: ["question", "answer", "category"],
  optional: ["id"],
  image: "image",
  schema: z.object({
    id: z.union([z.string(), z.number()]).optional(),
    question: z.string(),
    answer: z.string(),
    category: z.enum(SPLITS),
  }),
};

async function loadParquet(folder: string, paths: readonly string[]): Promise<Dataset<PopeTruth>> {
  const { rows, files, questionFile } = await readParquetRows(folder, paths, PARQUET);
  const drafts = rows.map(({ row, image }, at) => ({
    // Their question_id counts anew in each part, so the row's own id names it.
    questionId: row.id ?? at,
    image,
    prompt: `${strip(row.question)}\n${SHORT_ANSWER}`,
    category: row.category,
    truth: { split: row.category, label: labelOf(row.answer, `${questionFile}: row ${at + 1}`) },
  }));
  return { ...toItems(questionFile, drafts), files, questionFile, notes: [] };
}

function labelOf(answer: string, where: string): "yes" | "no" {
  const said = strip(answer.toLowerCase());
  if (said === "yes" || said === "no") return said;
  throw new InputError(`${where}: answer is ${JSON.stringify(answer)}, expected yes or no`);
}

async function load(folder: string): Promise<Dataset<PopeTruth>> {
  const paths = await findParquet(folder, PARQUET.place);
  if (paths.length > 0) return loadParquet(folder, paths);
  const questionFile = await findDataFile(folder, QUESTIONS);
  const { rows, file } = await readJsonLines(folder, questionFile, questionSchema);
  const files: DataFile[] = [file];
  const remaining = new Map<Split, { name: string; rows: Label[] }>();
  for (const split of SPLITS) {
    const asked = rows.filter((row) => row.category === split);
    if (asked.length === 0) continue;
    const name = await findDataFile(folder, labels(split));
    const annotations = await readJsonLines(folder, name, labelSchema);
    checkFit(folder, name, annotations.rows, asked, split);
    files.push(annotations.file);
    remaining.set(split, { name, rows: annotations.rows.reverse() });
  }
  const list = toItems(
    questionFile,
    rows.map((row) => ({
      questionId: row.question_id,
      image: imageFile(row.image),
      prompt: row.text,
      category: row.category,
      truth: { split: row.category, label: remaining.get(row.category)!.rows.pop()!.label },
    })),
  );
  return { ...list, files, questionFile, notes: [] };
}

/** LLaVA's scorer pairs questions and labels by position and never looks; other annotations would score noise. */
function checkFit(
  folder: string,
  name: string,
  annotations: readonly Label[],
  asked: readonly Question[],
  split: Split,
) {
  const wrong = asked.findIndex(({ image, text }, row) => {
    const label = annotations[row];
    return label === undefined || label.image !== image || !text.startsWith(label.text);
  });
  if (wrong < 0 && annotations.length === asked.length) return;
  const first = wrong < 0 ? asked.length : wrong;
  throw new InputError(
    `${folder}/${name}: ${annotations.length} rows do not fit the ${asked.length} ${split} questions of ${QUESTIONS.names[0]} ` +
      `(first difference in row ${first + 1}): the annotations were re-drawn later, take those of commit e3e39262 of the POPE repository`,
  );
}

/** Counts of one split, in this order, in a tally. */
const COUNTS = ["truePositive", "falsePositive", "trueNegative", "falseNegative", "unreadYes", "unreadNo"] as const;

/** (splits x COUNTS); the pooled variants use the same sums. */
function tally(judged: readonly Judged<PopeTruth>[]): Float64Array {
  const sums = new Float64Array(SPLITS.length * COUNTS.length);
  for (const { truth, judgement } of judged) {
    const base = SPLITS.indexOf(truth.split) * COUNTS.length;
    sums[base + countIndex(judgement?.parsed ?? null, truth.label === "yes")]! += 1;
  }
  return sums;
}

function countIndex(said: string | null, isYes: boolean): number {
  if (said === "yes") return isYes ? 0 : 1;
  if (said === "no") return isYes ? 3 : 2;
  return isYes ? 4 : 5;
}

/** Unread answers are wrong: they lower accuracy and recall, and say nothing about precision. */
function confusionScores(counts: Float64Array): Record<string, number> {
  const [tp, fp, tn, fn, unreadYes, unreadNo] = counts as unknown as number[];
  const samples = counts.reduce((sum, count) => sum + count, 0);
  const precision = ratio(tp!, tp! + fp!);
  const recall = ratio(tp!, tp! + fn! + unreadYes!);
  return {
    accuracy: ratio(tp! + tn!, samples),
    precision,
    recall,
    f1: ratio(2 * precision * recall, precision + recall),
    yes_ratio: ratio(tp! + fp!, samples - unreadYes! - unreadNo!),
  };
}

const splitCounts = (sums: Float64Array, split: number): Float64Array =>
  sums.subarray(split * COUNTS.length, (split + 1) * COUNTS.length);

const isAsked = (counts: Float64Array): boolean => counts.some((count) => count > 0);

/** The figures of each split, and the means over the splits that were asked. */
function scoresBySplit(sums: Float64Array): Scores {
  const scores: Record<string, number> = {};
  const asked = SPLITS.flatMap((split, index) => {
    const counts = splitCounts(sums, index);
    return isAsked(counts) ? [{ split, figures: confusionScores(counts) }] : [];
  });
  const mean = (name: string): number =>
    ratio(
      asked.reduce((sum, { figures }) => sum + figures[name]!, 0),
      asked.length,
    );
  scores.mean_f1 = mean("f1");
  scores.mean_accuracy = mean("accuracy");
  for (const { split, figures } of asked) {
    for (const [name, value] of Object.entries(figures)) scores[`${split}/${name}`] = value;
  }
  return scores;
}

/** lmms-eval pools the splits, and its yes ratio is that of the labels; unread answers leave its recall alone. */
function pooledScores(sums: Float64Array): Scores {
  const pooled = new Float64Array(COUNTS.length);
  SPLITS.forEach((_, split) => splitCounts(sums, split).forEach((count, index) => (pooled[index]! += count)));
  const [tp, fp, , fn, unreadYes] = pooled as unknown as number[];
  const precision = ratio(tp!, tp! + fp!);
  const recall = ratio(tp!, tp! + fn!);
  return {
    accuracy: confusionScores(pooled).accuracy!,
    precision,
    recall,
    f1_score: ratio(2 * precision * recall, precision + recall),
    yes_ratio: ratio(
      tp! + fn! + unreadYes!,
      pooled.reduce((sum, count) => sum + count, 0),
    ),
  };
}

const judgeAs = (said: "yes" | "no" | null, truth: PopeTruth, unparseable: boolean): Judgement => ({
  parsed: said,
  score: said === truth.label ? 1 : 0,
  unparseable,
});

const VARIANTS: readonly Variant<PopeTruth>[] = [
  {
    name: "llava",
    about:
      "LLaVA's eval_pope.py: a no or not in the first sentence is no, everything else is yes; mean F1 of the splits",
    judge: (_item, truth, text) => judgeAs(firstSentenceSaysNo(text) ? "no" : "yes", truth, saysYesOrNo(text) === null),
    tally,
    scores: scoresBySplit,
    primary: "mean_f1",
    unit: "fraction",
  },
  {
    name: "strict",
    about: "exactly one of the words yes and no, anything else is wrong; mean F1 of the splits",
    judge: (_item, truth, text) => {
      const said = saysYesOrNo(text);
      return judgeAs(said, truth, said === null);
    },
    tally,
    scores: scoresBySplit,
    primary: "mean_f1",
    unit: "fraction",
  },
  {
    name: "lmms-eval",
    about: "lmms-eval's pope: the answer is yes or no and nothing else; splits pooled; yes_ratio counts the labels",
    judge: (_item, truth, text) => {
      const said = strip(text.toLowerCase());
      const read = said === "yes" || said === "no" ? said : null;
      return judgeAs(read, truth, read === null);
    },
    tally,
    scores: pooledScores,
    primary: "f1_score",
    unit: "fraction",
  },
];

/** The table that the official script prints for each split. */
function details(judged: readonly Judged<PopeTruth>[]): Record<string, Scores> {
  const sums = tally(judged);
  return Object.fromEntries(
    SPLITS.flatMap((split, index) => {
      const counts = splitCounts(sums, index);
      if (!isAsked(counts)) return [];
      const [TP, FP, TN, FN, unreadYes, unreadNo] = counts as unknown as number[];
      const samples = counts.reduce((sum, count) => sum + count, 0);
      const unread = unreadYes! + unreadNo!;
      return [[split, { samples, TP: TP!, FP: FP!, TN: TN!, FN: FN!, unread, ...confusionScores(counts) }]];
    }),
  );
}

/** POPE (Li et al., arXiv 2305.10355): is the object in the image? */
export const pope: Benchmark<PopeTruth> = {
  name: "pope",
  title: "POPE: object presence, yes or no",
  imageFolders: ["val2014", "images"],
  maxNewTokens: 128,
  load,
  rightAnswer: ({ label }) => label,
  variants: VARIANTS,
  details,
};
