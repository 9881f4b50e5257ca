import { z } from "zod";
import { InputError } from "../../errors.js";
import { accuracyBy, ratio, sumScores, verdict } from "./rules/accuracy.js";
import type { Benchmark, Dataset, Judged, Judgement, Scores, Variant } from "./benchmark.js";
import { findDataFile, readJsonData, readJsonMap, type WantedFile } from "./data-files.js";
import { imageFile, toItems, type Item, type ItemDraft } from "./item.js";
import { findParquet, readParquetRows } from "./parquet-data.js";
import { LETTER_ANSWER, letteredOptions, LETTERS } from "./wording.js";

interface ScienceTruth {
  readonly letter: string;
  /** The letters that the question offers. */
  readonly offered: readonly string[];
}

const QUESTIONS: WantedFile = {
  names: ["llava_test_CQM-A.json"],
  origin: "LLaVA's question file, from the ScienceQA folder that its docs/Evaluation.md names",
};
const PROBLEMS: WantedFile = { names: ["problems.json"], origin: "ScienceQA's data/scienceqa/problems.json" };
const SPLITS: WantedFile = { names: ["pid_splits.json"], origin: "ScienceQA's data/scienceqa/pid_splits.json" };

const questionsSchema = z.array(
  z.object({
    id: z.string(),
    image: z.string().optional(),
    conversations: z.array(z.object({ from: z.string(), value: z.string() })).min(1),
  }),
);
type Question = z.output<typeof questionsSchema>[number];
const problemSchema = z.object({
  choices: z.array(z.string()).min(1).max(LETTERS.length),
  answer: z.number().int().nonnegative(),
});
type Problems = ReadonlyMap<string, z.output<typeof problemSchema>>;
const splitsSchema = z.object({ test: z.array(z.string()) });

/** Columns of lmms-lab/ScienceQA. Source: lmms-eval, tasks/scienceqa/utils.py; the prompt, with and without a picture, is LLaVA's. */
const PARQUET = {
  place: { folders: ["ScienceQA-FULL", "data", "."], split: "test" },
  columns: ["question", "choices", "answer", "hint"],
  image: "image",
  schema: problemSchema.extend({ question: z.string(), hint: z.string().nullable() }),
};

async function loadParquet(folder: string, paths: readonly string[]): Promise<Dataset<ScienceTruth>> {
  const { rows, files, questionFile } = await readParquetRows(folder, paths, PARQUET);
  const drafts = rows.map(({ row, image }, at) => {
    const context = row.hint === null || row.hint === "" ? "" : `Context: ${row.hint}\n`;
    const value = `${context}${row.question}\n${letteredOptions(row.choices)}`;
    // These files have no ids: a problem is its row.
    const question = {
      id: String(at),
      conversations: [{ from: "human", value }],
      ...(image !== null && { image: "" }),
    };
    return { ...toDraft(question, new Map([[question.id, row]]), `${folder}/${questionFile}`), image };
  });
  return { ...toItems(questionFile, drafts), files, questionFile, notes: [] };
}

async function load(folder: string): Promise<Dataset<ScienceTruth>> {
  const paths = await findParquet(folder, PARQUET.place);
  if (paths.length > 0) return loadParquet(folder, paths);
  const names = [QUESTIONS, PROBLEMS, SPLITS].map((wanted) => findDataFile(folder, wanted));
  const [questionFile, problemFile, splitFile] = (await Promise.all(names)) as [string, string, string];
  const questions = await readJsonData(folder, questionFile, questionsSchema, (rows) => rows.length);
  const problems = await readJsonMap(folder, problemFile, problemSchema);
  const splits = await readJsonData(folder, splitFile, splitsSchema, (rows) => rows.test.length);
  const inTest = new Set(splits.value.test);
  const drafts = questions.value.map((question) => {
    if (!inTest.has(question.id)) {
      throw new InputError(
        `${folder}/${questionFile}: question ${question.id} is not in the test split of ${splitFile}`,
      );
    }
    return toDraft(question, problems.value, `${folder}/${problemFile}`);
  });
  const notes =
    inTest.size > drafts.length ? [`${drafts.length} of the ${inTest.size} problems of the test split are asked`] : [];
  const files = [questions.file, problems.file, splits.file];
  return { ...toItems(questionFile, drafts), files, questionFile, notes };
}

function toDraft(question: Question, problems: Problems, path: string): ItemDraft<ScienceTruth> {
  const problem = problems.get(question.id);
  if (problem === undefined)
    throw new InputError(`${path}: has no problem ${question.id}, which the question file asks`);
  const letter = LETTERS[problem.answer];
  if (letter === undefined || problem.answer >= problem.choices.length) {
    throw new InputError(
      `${path}: problem ${question.id} has answer ${problem.answer} and ${problem.choices.length} choices`,
    );
  }
  const text = question.conversations[0]!.value.replaceAll("<image>", "").trim();
  const prompt = `${text}\n${LETTER_ANSWER}`;
  return {
    questionId: question.id,
    image: question.image === undefined ? null : imageFile(question.image),
    prompt,
    // The official scorer tells questions with a picture by this mark in the answer file.
    recordedPrompt: question.image === undefined ? prompt : `<image>\n${prompt}`,
    category: question.image === undefined ? "text" : "image",
    truth: { letter, offered: LETTERS.slice(0, problem.choices.length) },
  };
}

/** (correct, asked, correct with image, asked with image). */
function tally(judged: readonly Judged<ScienceTruth>[]): Float64Array {
  const withImage = judged.filter(({ item }) => item.image !== null);
  return Float64Array.of(...sumScores(judged), ...sumScores(withImage));
}

const scores = ([correct, asked, imageCorrect, imageAsked]: Float64Array): Scores => ({
  accuracy: ratio(correct!, asked!),
  image_accuracy: ratio(imageCorrect!, imageAsked!),
});

/** A letter alone, "B. ..." or exactly one "The answer is B" followed by any character; else null. */
function llavaLetter(text: string): string | null {
  if (isLetter(text)) return text;
  if (text.length >= 3 && isLetter(text[0]!) && text.startsWith(". ", 1)) return text[0]!;
  const found = [...text.matchAll(/The answer is ([A-Z])./g)];
  return found.length === 1 ? found[0]![1]! : null;
}

const isLetter = (text: string): boolean => (LETTERS as readonly string[]).includes(text);

const judgeLetter = (letter: string | null, truth: ScienceTruth): Judgement =>
  verdict(letter, letter === truth.letter, letter === null || !truth.offered.includes(letter));

const variant = (name: string, about: string, read: (text: string) => string | null): Variant<ScienceTruth> => ({
  name,
  about,
  judge: (_item: Item<ScienceTruth>, truth, text) => judgeLetter(read(text), truth),
  tally,
  scores,
  primary: "accuracy",
  unit: "fraction",
});

/** ScienceQA (Lu et al., arXiv 2209.09513), test split, as LLaVA asks it. */
export const scienceqa: Benchmark<ScienceTruth> = {
  name: "scienceqa",
  title: "ScienceQA: multiple choice, with and without an image",
  imageFolders: ["images/test", "images"],
  maxNewTokens: 1024,
  load,
  rightAnswer: ({ letter }) => letter,
  variants: [
    variant("llava", "LLaVA's eval_science_qa.py: a letter, 'B. ...' or one 'The answer is B.'", llavaLetter),
    variant("strict", "the letter alone, anything else is wrong", (text) => (isLetter(text) ? text : null)),
    variant("lmms-eval", "lmms-eval's scienceqa: the letter alone, or a capital and '.' at the start", (text) =>
      isLetter(text) ? text : (/^\p{Lu}(?=\.)/u.exec(text)?.[0] ?? null),
    ),
  ],
  details: (judged) => ({ "by kind": accuracyBy(judged, ({ item }) => item.category) }),
};
