import { createHash } from "node:crypto";
import { join } from "node:path";
import pMap from "p-map";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { readTextFile } from "../../files/json-file.js";
import { exists } from "../../files/look.js";
import { ratio, verdict } from "./rules/accuracy.js";
import type { Benchmark, DataFile, Dataset, Judged, Scores, Variant } from "./benchmark.js";
import { findDataFile, readJsonLines, type WantedFile } from "./data-files.js";
import { imageFile, toItems } from "./item.js";
import { findParquet, readParquetRows } from "./parquet-data.js";
import { dropPunctuation, strip } from "./rules/python.js";
import { SHORT_ANSWER } from "./wording.js";
import { prefixSays } from "./rules/yes-no.js";

interface MmeTruth {
  readonly task: string;
  readonly label: "yes" | "no";
}

/** Official order; sums are taken in it. */
const PERCEPTION = [
  "existence",
  "count",
  "position",
  "color",
  "posters",
  "celebrity",
  "scene",
  "landmark",
  "artwork",
  "OCR",
];
const COGNITION = ["commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning"];
const TASKS = [...PERCEPTION, ...COGNITION];

const RELEASE = "MME_Benchmark_release_version";
const ASK_YES_NO = "Please answer yes or no.";

const QUESTIONS: WantedFile = {
  names: ["llava_mme.jsonl"],
  origin: "LLaVA's question file, from the eval.zip that its docs/Evaluation.md names",
};

const questionSchema = z.object({ question_id: z.string(), image: z.string(), text: z.string(), category: z.string() });
type Question = z.output<typeof questionSchema>;

const bareQuestion = (prompt: string): string =>
  strip(strip(prompt.replaceAll(SHORT_ANSWER, "")).replaceAll(ASK_YES_NO, ""));

/** Columns of lmms-lab/MME. Source: lmms-eval, tasks/mme/utils.py; the prompt is LLaVA's. */
const PARQUET = {
  place: { folders: ["data", "."], split: "test" },
  columns: ["question_id", "question", "answer", "category"],
  image: "image",
  schema: z.object({ question_id: z.string(), question: z.string(), answer: z.string(), category: z.string() }),
};

async function loadParquet(folder: string, paths: readonly string[]): Promise<Dataset<MmeTruth>> {
  const { rows, files, questionFile } = await readParquetRows(folder, paths, PARQUET);
  const drafts = rows.map(({ row, image }, at) => {
    const { answer, category: task } = row;
    const where = `${questionFile}: row ${at + 1}`;
    if (!TASKS.includes(task))
      throw new InputError(`${where}: has category "${task}", expected one of ${TASKS.join(", ")}`);
    const said = strip(answer.toLowerCase()).replaceAll(".", "");
    const label = onlyYesOrNo(said);
    if (label === null) throw new InputError(`${where}: answer is ${JSON.stringify(answer)}, expected Yes or No`);
    return {
      questionId: row.question_id,
      image,
      prompt: `${bareQuestion(row.question)}\n${SHORT_ANSWER}`,
      category: task,
      // Two questions are a pair though their pictures were compressed apart.
      group: row.question_id,
      truth: { task, label },
    };
  });
  return { ...toItems(questionFile, drafts, bareQuestion), files, questionFile, notes: [] };
}

async function load(folder: string): Promise<Dataset<MmeTruth>> {
  const paths = await findParquet(folder, PARQUET.place);
  if (paths.length > 0) return loadParquet(folder, paths);
  const questionFile = await findDataFile(folder, QUESTIONS);
  const { rows, file } = await readJsonLines(folder, questionFile, questionSchema);
  const annotations = await readAnnotations(folder, rows, questionFile);
  const drafts = rows.map((row) => ({
    questionId: row.question_id,
    image: imageFile(row.image),
    prompt: row.text,
    category: row.category,
    truth: truthOf(row, annotations.labels, folder),
  }));
  return { ...toItems(questionFile, drafts, bareQuestion), files: [file, annotations.file], questionFile, notes: [] };
}

function truthOf(row: Question, labels: ReadonlyMap<string, "yes" | "no">, folder: string): MmeTruth {
  const task = row.category;
  if (!TASKS.includes(task)) {
    throw new InputError(
      `${folder}/${QUESTIONS.names[0]}: question ${row.question_id} has category "${task}", expected one of ${TASKS.join(", ")}`,
    );
  }
  const label = labels.get(`${annotationName(row)}\n${bareQuestion(row.text)}`);
  if (label === undefined) {
    throw new InputError(
      `${folder}/${RELEASE}: ${annotationName(row)} has no answer to "${bareQuestion(row.text)}", which ${QUESTIONS.names[0]} asks; the two do not belong together`,
    );
  }
  return { task, label };
}

/** "task/image.txt" for a question about "task/image.jpg" or "task/images/image.jpg". */
function annotationName(row: Question): string {
  const stem = row.question_id.split("/").at(-1)!.split(".")[0]!;
  return `${row.category}/${stem}.txt`;
}

/** Files read at once; there are 1,187 of them, of a hundred bytes each. */
const FILES_AT_ONCE = 16;

/** Reads the text file of every image asked about; one line is a question, a tab and Yes or No. */
async function readAnnotations(folder: string, rows: readonly Question[], questionFile: string) {
  const names = [...new Set(rows.map(annotationName))].sort();
  const read = async (name: string) => {
    const path = await findAnnotation(folder, name, questionFile);
    return { name, path, text: await readTextFile(path) };
  };
  const texts = await pMap(names, read, { concurrency: FILES_AT_ONCE });
  const hash = createHash("sha256");
  const labels = new Map<string, "yes" | "no">();
  for (const { name, path, text } of texts) {
    hash.update(`${name}\n${text}\n`);
    for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
      const { question, label } = parseAnnotation(line.trim(), path);
      labels.set(`${name}\n${bareQuestion(question)}`, label);
    }
  }
  const bytes = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const file: DataFile = { name: `${RELEASE}/**/*.txt`, sha256: hash.digest("hex"), bytes, rows: labels.size };
  return { labels, file };
}

function parseAnnotation(line: string, path: string): { question: string; label: "yes" | "no" } {
  const [question, answer] = line.split("\t");
  const label = answer?.trim().toLowerCase();
  if (label === "yes" || label === "no") return { question: question!, label };
  throw new InputError(`${path}: "${line.slice(0, 80)}" is not a question, a tab and Yes or No`);
}

/** The official release keeps the text of some tasks in a folder of its own, copies of it do not. */
async function findAnnotation(folder: string, name: string, questionFile: string): Promise<string> {
  const [task, file] = name.split("/") as [string, string];
  for (const path of [join(folder, RELEASE, task, "questions_answers_YN", file), join(folder, RELEASE, task, file)]) {
    if (await exists(path)) return path;
  }
  throw new InputError(
    `${join(folder, RELEASE)}: has no ${name}, which ${questionFile} asks about; it is part of MME's release (see the MME repository)`,
  );
}

/** (tasks x (right answers, answers, images with both right, images)). */
function tally(judged: readonly Judged<MmeTruth>[]): Float64Array {
  const sums = new Float64Array(TASKS.length * 4);
  const bothRight = new Map<string, { base: number; both: boolean }>();
  for (const { item, truth, judgement } of judged) {
    const base = TASKS.indexOf(truth.task) * 4;
    const right = judgement?.score === 1;
    sums[base]! += right ? 1 : 0;
    sums[base + 1]! += 1;
    bothRight.set(item.group, { base, both: (bothRight.get(item.group)?.both ?? true) && right });
  }
  for (const { base, both } of bothRight.values()) {
    sums[base + 2]! += both ? 1 : 0;
    sums[base + 3]! += 1;
  }
  return sums;
}

/** A task is worth accuracy + accuracy+ in percent, 200 at most: perception 2000, cognition 800. */
function scores(sums: Float64Array): Scores {
  const tasks = new Map<string, number>();
  TASKS.forEach((task, index) => {
    const [right, answers, both, images] = sums.subarray(index * 4, index * 4 + 4) as unknown as number[];
    if (answers! > 0) tasks.set(task, ratio(right!, answers!) * 100 + ratio(both!, images!) * 100);
  });
  const sum = (names: readonly string[]): number => names.reduce((total, task) => total + (tasks.get(task) ?? 0), 0);
  const [perception, cognition] = [sum(PERCEPTION), sum(COGNITION)];
  return { total: perception + cognition, perception, cognition, ...Object.fromEntries(tasks) };
}

const variant = (name: string, about: string, read: (text: string) => "yes" | "no" | null): Variant<MmeTruth> => ({
  name,
  about,
  judge: (_item, truth, text) => {
    const said = read(text);
    return verdict(said, said === truth.label);
  },
  tally,
  scores,
  primary: "total",
  unit: "points",
});

const onlyYesOrNo = (text: string): "yes" | "no" | null => (text === "yes" || text === "no" ? text : null);

const LETTER_MEANS: Readonly<Record<string, "yes" | "no">> = { y: "yes", n: "no" };

function lmmsEvalReads(text: string): "yes" | "no" | null {
  const said = strip(text.toLowerCase()).replaceAll(".", "");
  return said.length === 1 ? (LETTER_MEANS[said] ?? null) : prefixSays(said);
}

/** MME (Fu et al., arXiv 2306.13394): two questions on each image, one to be answered yes, one no. */
export const mme: Benchmark<MmeTruth> = {
  name: "mme",
  title: "MME: perception and cognition, pairs of yes and no",
  imageFolders: [RELEASE],
  maxNewTokens: 128,
  wholeGroups: true,
  load,
  rightAnswer: ({ label }) => label,
  variants: [
    variant("llava", "MME's calculation.py: yes, else no, within the first four characters", (text) =>
      prefixSays(text.toLowerCase()),
    ),
    variant("strict", "yes or no and nothing else but punctuation", (text) =>
      onlyYesOrNo(strip(dropPunctuation(text.toLowerCase()))),
    ),
    variant(
      "lmms-eval",
      "lmms-eval's mme: as llava, after full stops are dropped; a lone y or n counts",
      lmmsEvalReads,
    ),
  ],
};
