import { z } from "zod";
import { InputError } from "../../errors.js";
import { accuracyVariant } from "./rules/accuracy.js";
import type { Benchmark, Dataset } from "./benchmark.js";
import { findDataFile, readJsonData, readJsonLines, type WantedFile } from "./data-files.js";
import { normaliseAnswer, softAccuracy } from "./rules/evalai.js";
import { imageFile, toItems } from "./item.js";
import { findParquet, readParquetRows } from "./parquet-data.js";
import { SHORT_ANSWER } from "./wording.js";

interface TextTruth {
  /** Ten human answers, normalised. */
  readonly answers: readonly string[];
}

/** What the official evaluator asserts. */
const HUMAN_ANSWERS = 10;

const QUESTIONS: WantedFile = {
  names: ["llava_textvqa_val_v051_ocr.jsonl"],
  origin: "LLaVA's question file, from the eval.zip that its docs/Evaluation.md names",
};
const ANNOTATIONS: WantedFile = {
  names: ["TextVQA_0.5.1_val.json", "*_val.json"],
  origin: "TextVQA's annotations, TextVQA_0.5.1_val.json of the TextVQA download page",
};

const questionSchema = z.object({
  question_id: z.union([z.string(), z.number()]),
  image: z.string(),
  text: z.string(),
});
const annotationsSchema = z.object({
  note: z.string().optional(),
  data: z.array(
    z.object({ image_id: z.string(), question: z.string(), answers: z.array(z.string()).length(HUMAN_ANSWERS) }),
  ),
});

/**
 * The question inside a prompt, in lower case; LLaVA's wordings with and without the recognised text of the image, and
 * the older "Question: ... Short answer:".
 */
function bareQuestion(prompt: string): string {
  if (prompt.startsWith("OCR tokens: "))
    return (between(prompt, "Question: ", " Short answer:") ?? prompt).toLowerCase();
  const lines = prompt.split("\n");
  return (lines[0]!.startsWith("Reference OCR token:") ? (lines[1] ?? "") : lines[0]!).toLowerCase();
}

/** The text from the first `start` to the next `end`. */
function between(text: string, start: string, end: string): string | undefined {
  const from = text.indexOf(start);
  if (from < 0) return undefined;
  const to = text.indexOf(end, from + start.length);
  return to < 0 ? undefined : text.slice(from + start.length, to);
}

const pairKey = (image: string, question: string): string => `${image}\n${question.toLowerCase()}`;

/** Columns of lmms-lab/textvqa. Source: lmms-eval, tasks/textvqa/utils.py; the prompt with the recognised text is LLaVA's. */
const PARQUET = {
  place: { folders: ["data", "."], split: "validation" },
  columns: ["image_id", "question", "answers"],
  optional: ["ocr_tokens"],
  image: "image",
  schema: z.object({
    image_id: z.string(),
    question: z.string(),
    answers: z.array(z.string()).length(HUMAN_ANSWERS),
    ocr_tokens: z.array(z.string()).nullish(),
  }),
};

async function loadParquet(folder: string, paths: readonly string[]): Promise<Dataset<TextTruth>> {
  const { rows, files, questionFile } = await readParquetRows(folder, paths, PARQUET);
  const drafts = rows.map(({ row, image }) => {
    const read = row.ocr_tokens == null ? [] : [`Reference OCR token: ${row.ocr_tokens.join(", ")}`];
    // As LLaVA's question file, which names a question by its picture.
    const prompt = [row.question, ...read, SHORT_ANSWER].join("\n");
    return { questionId: row.image_id, image, prompt, truth: { answers: row.answers.map(normaliseAnswer) } };
  });
  return { ...toItems(questionFile, drafts, bareQuestion), files, questionFile, notes: [] };
}

async function load(folder: string): Promise<Dataset<TextTruth>> {
  const paths = await findParquet(folder, PARQUET.place);
  if (paths.length > 0) return loadParquet(folder, paths);
  const questionFile = await findDataFile(folder, QUESTIONS);
  const questions = await readJsonLines(folder, questionFile, questionSchema);
  const annotationFile = await findDataFile(folder, ANNOTATIONS);
  const annotations = await readJsonData(folder, annotationFile, annotationsSchema, ({ data }) => data.length);
  const answers = new Map(
    annotations.value.data.map((row) => [pairKey(row.image_id, row.question), row.answers.map(normaliseAnswer)]),
  );
  const drafts = questions.rows.map((row) => {
    const found = answers.get(pairKey(String(row.question_id), bareQuestion(row.text)));
    if (found === undefined) {
      throw new InputError(
        `${folder}/${annotationFile}: has no answers to "${bareQuestion(row.text)}" about ${row.question_id}, which ${questionFile} asks; the two files do not belong together`,
      );
    }
    return { questionId: row.question_id, image: imageFile(row.image), prompt: row.text, truth: { answers: found } };
  });
  const all = annotations.value.data.length;
  const notes = [
    ...(annotations.value.note === undefined ? [] : [`${annotationFile}: ${annotations.value.note}`]),
    ...(drafts.length < all
      ? [
          `${questionFile} asks ${drafts.length} of the ${all} questions that are annotated: this is not the TextVQA score`,
        ]
      : []),
  ];
  const files = [questions.file, annotations.file];
  return { ...toItems(questionFile, drafts, bareQuestion), files, questionFile, notes };
}

/** TextVQA (Singh et al., arXiv 1904.08920), validation questions with the recognised text in the prompt. */
export const textvqa: Benchmark<TextTruth> = {
  name: "textvqa",
  title: "TextVQA: short answers about text in an image",
  imageFolders: ["train_images", "images"],
  maxNewTokens: 128,
  load,
  rightAnswer: ({ answers }) => [...new Set(answers)].join(", "),
  variants: [
    accuracyVariant({
      name: "llava",
      about: "LLaVA's m4c_evaluator.py: EvalAI's normaliser, leave-one-out min(agreeing / 3, 1) over ten human answers",
      judge: (_item, truth, text) => {
        const parsed = normaliseAnswer(text);
        return { parsed, score: softAccuracy(parsed, truth.answers), unparseable: parsed === "" };
      },
    }),
  ],
};
