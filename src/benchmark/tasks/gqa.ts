import { z } from "zod";
import { InputError } from "../../errors.js";
import { accuracyBy, accuracyVariant, ratio, sumScores, verdict } from "./rules/accuracy.js";
import type { Benchmark, Dataset, Judged, Scores } from "./benchmark.js";
import { findDataFile, readJsonMap, readJsonLines, type WantedFile } from "./data-files.js";
import { imageFile, toItems } from "./item.js";
import { findParquet, readParquetRows } from "./parquet-data.js";
import { SHORT_ANSWER } from "./wording.js";
import { dropPunctuation, splitWords, strip, stripFullStops } from "./rules/python.js";

interface GqaTruth {
  readonly answer: string;
  /** query, verify, choose, compare, logical. */
  readonly structural: string;
  readonly semantic: string;
  readonly words: number;
  readonly steps: number;
  /** Names the questions that could have the same kinds of answers; null where the annotation names none. */
  readonly answerGroup: string | null;
}

const QUESTIONS: WantedFile = {
  names: ["llava_gqa_testdev_balanced.jsonl"],
  origin: "LLaVA's question file, from the eval.zip that its docs/Evaluation.md names",
};
const ANNOTATIONS: WantedFile = {
  names: [
    "testdev_balanced_questions.json",
    "data/testdev_balanced_questions.json",
    "data/questions1.2/testdev_balanced_questions.json",
    "testdev_balanced_questions*.json",
  ],
  origin: "GQA's annotations, questions1.2.zip of the GQA download page",
};

const questionSchema = z.object({
  question_id: z.union([z.string(), z.number()]),
  image: z.string(),
  text: z.string(),
});

const annotationSchema = z.object({
  question: z.string(),
  answer: z.string(),
  types: z.object({ structural: z.string(), semantic: z.string() }),
  semantic: z.array(z.object({ operation: z.string(), argument: z.string() })).default([]),
  groups: z.object({ global: z.string().nullable() }).partial().default({}),
});
type Annotation = z.output<typeof annotationSchema>;

/**
 * Columns of lmms-lab/GQA, whose pictures lie in files of their own. Source: lmms-eval, tasks/gqa/utils.py and gqa.yaml; the prompt is
 * LLaVA's.
 */
const PARQUET = {
  place: { folders: ["testdev_balanced_instructions", "."], split: "testdev" },
  images: { folders: ["testdev_balanced_images"], split: "testdev" },
  columns: ["id", "imageId", "question", "answer"],
  optional: ["types", "semantic", "groups"],
  schema: annotationSchema.extend({
    id: z.union([z.string(), z.number()]),
    imageId: z.union([z.string(), z.number()]),
    types: annotationSchema.shape.types.default({ structural: "unknown", semantic: "unknown" }),
  }),
};

async function loadParquet(folder: string, paths: readonly string[]): Promise<Dataset<GqaTruth>> {
  const questions = await readParquetRows(folder, paths, PARQUET);
  const imagePaths = await findParquet(folder, PARQUET.images);
  if (imagePaths.length === 0) {
    throw new InputError(
      `${folder}: has no ${PARQUET.images.folders[0]}/testdev-*.parquet, which holds the pictures; fetch that part of lmms-lab/GQA too`,
    );
  }
  const imageSchema = z.object({ id: z.union([z.string(), z.number()]) });
  const pictures = await readParquetRows(folder, imagePaths, { schema: imageSchema, columns: ["id"], image: "image" });
  const byId = new Map(pictures.rows.map(({ row, image }) => [String(row.id), image]));
  const drafts = questions.rows.map(({ row }) => {
    const image = byId.get(String(row.imageId));
    if (image == null)
      throw new InputError(
        `${folder}: question ${row.id} is about picture ${row.imageId}, which is in none of its files`,
      );
    return { questionId: row.id, image, prompt: `${row.question}\n${SHORT_ANSWER}`, truth: toTruth(row) };
  });
  const { questionFile } = questions;
  return { ...toItems(questionFile, drafts), files: [...questions.files, ...pictures.files], questionFile, notes: [] };
}

async function load(folder: string): Promise<Dataset<GqaTruth>> {
  const paths = await findParquet(folder, PARQUET.place);
  if (paths.length > 0) return loadParquet(folder, paths);
  const questionFile = await findDataFile(folder, QUESTIONS);
  const questions = await readJsonLines(folder, questionFile, questionSchema);
  const annotationFile = await findDataFile(folder, ANNOTATIONS);
  const annotations = await readJsonMap(folder, annotationFile, annotationSchema);
  const drafts = questions.rows.map((row) => {
    const annotation = annotations.value.get(String(row.question_id));
    return {
      questionId: row.question_id,
      image: imageFile(row.image),
      prompt: row.text,
      truth: annotation === undefined ? null : toTruth(annotation),
    };
  });
  const annotated = drafts.filter(({ truth }) => truth !== null).length;
  const all = annotations.value.size;
  const partly = (text: string): string => `${text}: this is not the GQA score`;
  const notes = [
    ...(annotated < drafts.length
      ? [partly(`${annotationFile} annotates ${annotated} of the ${drafts.length} questions`)]
      : []),
    ...(annotated < all
      ? [partly(`${questionFile} asks ${annotated} of the ${all} questions that are annotated`)]
      : []),
  ];
  return { ...toItems(questionFile, drafts), files: [questions.file, annotations.file], questionFile, notes };
}

/** Operations that the official step count does not count, as the start or part of "operation: argument". */
const FINAL_STEPS = ["exist", "query: name", "choose name"];

function toTruth(annotation: Annotation): GqaTruth {
  const steps = annotation.semantic.filter(
    ({ operation, argument }) => !FINAL_STEPS.some((step) => `${operation}: ${argument}`.includes(step)),
  );
  return {
    answer: annotation.answer,
    structural: annotation.types.structural,
    semantic: annotation.types.semantic,
    words: splitWords(annotation.question).length,
    steps: steps.length,
    answerGroup: annotation.groups.global ?? null,
  };
}

/** LLaVA's convert_gqa_for_eval.py: trailing full stops off, lower case; nothing else is normalised. */
const llavaAnswer = (text: string): string => stripFullStops(text).toLowerCase();

const lmmsAnswer = (text: string): string => dropPunctuation(text.toLowerCase());

const isEmpty = (text: string): boolean => strip(text) === "";

/**
 * The official "distribution": chi-square distance of the answers given from the right ones, within each group of
 * questions, weighted by the group's size; lower is better.
 */
function distribution(judged: readonly Judged<GqaTruth>[]): number {
  const gold = new Map<string, Map<string, number>>();
  const given = new Map<string, Map<string, number>>();
  for (const { truth, judgement } of judged) {
    if (truth.answerGroup === null) continue;
    count(gold, truth.answerGroup, truth.answer);
    if (judgement?.parsed != null) count(given, truth.answerGroup, judgement.parsed);
  }
  let sum = 0;
  let weights = 0;
  for (const [group, answers] of gold) {
    let distance = 0;
    let size = 0;
    for (const [answer, expected] of answers) {
      distance += ((given.get(group)?.get(answer) ?? 0) - expected) ** 2 / expected;
      size += expected;
    }
    sum += distance * size;
    weights += size;
  }
  return ratio(sum, weights) / 100;
}

function count(table: Map<string, Map<string, number>>, group: string, answer: string): void {
  const answers = table.get(group) ?? new Map<string, number>();
  table.set(group, answers.set(answer, (answers.get(answer) ?? 0) + 1));
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b);

function details(judged: readonly Judged<GqaTruth>[]): Record<string, Scores> {
  const open = judged.filter(({ truth }) => truth.structural === "query");
  const binary = judged.filter(({ truth }) => truth.structural !== "query");
  const accuracy = (part: readonly Judged<GqaTruth>[]): number => {
    const [sum, asked] = sumScores(part);
    return ratio(sum!, asked!);
  };
  return {
    overview: { binary: accuracy(binary), open: accuracy(open), distribution: distribution(judged) },
    "by structural type": accuracyBy(judged, ({ truth }) => truth.structural),
    "by semantic type": accuracyBy(judged, ({ truth }) => truth.semantic),
    "by steps": accuracyBy(judged, ({ truth }) => String(truth.steps), byNumber),
    "by words": accuracyBy(judged, ({ truth }) => String(truth.words), byNumber),
  };
}

/** GQA (Hudson and Manning, arXiv 1902.09506), balanced test-dev questions. */
export const gqa: Benchmark<GqaTruth> = {
  name: "gqa",
  title: "GQA: short answers about a scene",
  imageFolders: ["data/images", "images"],
  maxNewTokens: 128,
  load,
  rightAnswer: ({ answer }) => answer,
  variants: [
    accuracyVariant({
      name: "llava",
      about: "LLaVA's conversion and GQA's eval.py: equal after lower case and without final full stops",
      judge: (_item, truth, text) => verdict(llavaAnswer(text), llavaAnswer(text) === truth.answer, isEmpty(text)),
    }),
    accuracyVariant({
      name: "strict",
      about: "equal as it stands",
      judge: (_item, truth, text) => verdict(text, text === truth.answer, isEmpty(text)),
    }),
    accuracyVariant({
      name: "lmms-eval",
      about: "lmms-eval's gqa: equal after lower case and without any punctuation",
      judge: (_item, truth, text) =>
        verdict(lmmsAnswer(text), lmmsAnswer(text) === lmmsAnswer(truth.answer), isEmpty(text)),
    }),
  ],
  details,
};
