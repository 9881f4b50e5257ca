import { z } from "zod";
import type { Benchmark, Dataset, UploadFile } from "./benchmark.js";
import { findDataFile, readJsonLines, type WantedFile } from "./data-files.js";
import { imageFile, toItems } from "./item.js";
import { findParquet, readParquetRows } from "./parquet-data.js";
import { pythonJson } from "./rules/python.js";

const QUESTIONS: WantedFile = {
  names: ["llava-mm-vet.jsonl"],
  origin: "LLaVA's question file, from the eval.zip that its docs/Evaluation.md names",
};

const questionSchema = z.object({
  question_id: z.union([z.number(), z.string()]),
  image: z.string(),
  text: z.string(),
  category: z.string().default("default"),
});

/** Columns of lmms-lab/MMVet. Source: lmms-eval, tasks/mmvet/utils.py. */
const PARQUET = {
  place: { folders: ["data", "."], split: "test" },
  columns: ["question_id", "question"],
  image: "image",
  schema: z.object({ question_id: z.string(), question: z.string() }),
};

async function loadParquet(folder: string, paths: readonly string[]): Promise<Dataset<unknown>> {
  const { rows, files, questionFile } = await readParquetRows(folder, paths, PARQUET);
  const drafts = rows.map(({ row, image }) => ({
    // "v1_0" there is 0 in LLaVA's file, whose upload puts "v1_" before it again.
    questionId: row.question_id.replace(/^v1_/, ""),
    image,
    prompt: row.question,
    truth: null,
  }));
  return { ...toItems(questionFile, drafts), files, questionFile, notes: [GRADED_ELSEWHERE] };
}

const GRADED_ELSEWHERE = "MM-Vet is scored by an external grader: hand it the upload file";

async function load(folder: string): Promise<Dataset<unknown>> {
  const paths = await findParquet(folder, PARQUET.place);
  if (paths.length > 0) return loadParquet(folder, paths);
  const questionFile = await findDataFile(folder, QUESTIONS);
  const { rows, file } = await readJsonLines(folder, questionFile, questionSchema);
  const drafts = rows.map((row) => ({
    questionId: row.question_id,
    image: imageFile(row.image),
    prompt: row.text,
    category: row.category,
    truth: null,
  }));
  return { ...toItems(questionFile, drafts), files: [file], questionFile, notes: [GRADED_ELSEWHERE] };
}

/** What LLaVA's convert_mmvet_for_eval.py writes: answers by "v1_<question id>". */
function upload(answers: Parameters<NonNullable<Benchmark<unknown>["upload"]>>[0]): UploadFile {
  const byQuestion = answers.map(({ item, text }): [string, string] => [`v1_${item.questionId}`, text]);
  return { name: "mm-vet.upload.json", content: pythonJson(byQuestion) };
}

/** MM-Vet (Yu et al., arXiv 2308.02490): open questions, graded elsewhere. */
export const mmvet: Benchmark<unknown> = {
  name: "mmvet",
  title: "MM-Vet: open questions for an external grader",
  imageFolders: ["images"],
  maxNewTokens: 1024,
  load,
  rightAnswer: () => "",
  variants: [],
  upload,
};
