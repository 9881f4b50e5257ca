import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { isFile } from "../../files/look.js";
import { someOf } from "../../layout/some-of.js";
import { accuracyBy, accuracyVariant, verdict } from "./rules/accuracy.js";
import { IMAGE_MARKER } from "../../prompt/prompt.js";
import { checkJson } from "../../files/check-json.js";
import { forEachTableRow, type TableRow } from "./tsv.js";
import type { Benchmark, DataFile, Dataset, Judgement, Variant } from "./benchmark.js";
import { findDataFile, readJsonLines } from "./data-files.js";
import { normaliseAnswer, softAccuracy } from "./rules/evalai.js";
import { imageFile, toItems, type ItemDraft } from "./item.js";
import { rankingVariants } from "./rules/likelihood.js";
import { splitWords, strip, stripFullStops } from "./rules/python.js";
import { LETTER_ANSWER, letteredOptions, SHORT_ANSWER } from "./wording.js";

const SCORINGS = ["exact", "contains", "vqa", "choice", "likelihood"] as const;
type Scoring = (typeof SCORINGS)[number];

interface CustomTruth {
  readonly scoring: Scoring;
  /** Accepted answers; for "vqa" one per person, normalised; for "choice" letters. */
  readonly answers: readonly string[];
  readonly choices: readonly string[];
  /** Places of the right ones among them. */
  readonly rightChoices: readonly number[];
}

/** With fewer answers, those that remain when one is left out can never agree fully. */
const MIN_VQA_ANSWERS = 4;
/** As many as there are letters. */
const MAX_LETTERED = 26;
/** A set of words that an answer is one of; those that begin with different tokens cost nothing more. */
const MAX_CHOICES = 1000;

const rowSchema = z.strictObject({
  id: z.union([z.string(), z.number()]).optional(),
  image: z.string().nullable(),
  question: z.string(),
  answers: z.array(z.string()).min(1),
  scoring: z.enum(SCORINGS).default("exact"),
  /** For "choice" lettered in the prompt; else what an answer may be, ranked by likelihood. */
  choices: z.array(z.string().min(1)).min(2).max(MAX_CHOICES).optional(),
  /** The whole prompt, in place of the question with LLaVA's wording; it may say where its image stands. */
  prompt: z.string().optional(),
  category: z.string().optional(),
});
type Row = z.output<typeof rowSchema>;

/** `folder` may also be the JSON Lines file itself. */
async function load(folder: string): Promise<Dataset<CustomTruth>> {
  const isSingle = await isFile(folder);
  const home = isSingle ? dirname(folder) : folder;
  const questionFile = isSingle
    ? basename(folder)
    : await findDataFile(folder, {
        names: ["questions.jsonl", "*.jsonl", "questions.csv", "*.csv"],
        origin:
          "one JSON object per line with image, question, answers, and if wanted id, scoring, choices, prompt, category; or a CSV table of these columns",
      });
  const read = questionFile.endsWith(".csv") ? readCsv : readJsonLines;
  const { rows, file } = await read(home, questionFile, rowSchema);
  const drafts = rows.map((row, index) => toDraft(row, index + 1, `${join(home, questionFile)}: row ${index + 1}`));
  return { ...toItems(questionFile, drafts), files: [file], questionFile, notes: [] };
}

/** Columns of a table that hold several texts, with this between them. */
const LISTS: readonly string[] = ["answers", "choices"];
const BETWEEN = "|";

/** A table of the same fields as columns; a cell that is empty is a field that is left out, and of a picture that there is none. */
async function readCsv(folder: string, name: string, schema: z.ZodType<Row>): Promise<{ rows: Row[]; file: DataFile }> {
  const path = join(folder, name);
  const rows: Row[] = [];
  const take = ({ number, text }: TableRow): void => {
    const fields = [...text].map(([key, value]) => [
      key,
      LISTS.includes(key) ? value.split(BETWEEN).map(strip) : value,
    ]);
    rows.push(checkJson(schema, { image: null, ...Object.fromEntries(fields) }, `${path}: row ${number}`));
  };
  const { sha256, bytes, lines } = await forEachTableRow(path, new Set(), take, {
    separator: "comma",
    absent: NOTHING,
  });
  if (rows.length === 0) throw new InputError(`${path}: holds no rows; the file is truncated or not the right one`);
  return { rows, file: { name, sha256, bytes, rows: lines } };
}

/** In a table of one's own, None is an answer; only nothing is nothing. */
const NOTHING: ReadonlySet<string> = new Set([""]);

function toDraft(row: Row, number: number, where: string): ItemDraft<CustomTruth> {
  const choices = row.choices ?? [];
  checkChoices(row, where);
  const answers = acceptedAnswers(row, where);
  return {
    questionId: row.id ?? number,
    image: row.image === null ? null : imageFile(row.image),
    prompt: row.prompt ?? worded(row),
    placesImage: placesImage(row, where),
    choices: row.scoring === "choice" ? choices.map((_, index) => letterAt(index)) : choices,
    onlyRanked: row.scoring === "likelihood",
    category: row.category ?? "default",
    truth: { scoring: row.scoring, answers, choices, rightChoices: rightChoices(row, answers, where) },
  };
}

const NEEDS_CHOICES: ReadonlySet<Scoring> = new Set(["choice", "likelihood"]);

function checkChoices({ scoring, choices }: Row, where: string): void {
  if (choices === undefined) {
    if (!NEEDS_CHOICES.has(scoring)) return;
    throw new InputError(`${where}: scoring "${scoring}" needs "choices", of which the answer is one`);
  }
  if (scoring === "choice" && choices.length > MAX_LETTERED) {
    throw new InputError(
      `${where}: has ${choices.length} choices, and scoring "choice" has letters for ${MAX_LETTERED}; use "likelihood"`,
    );
  }
  const twice = choices.find((choice, index) => choices.indexOf(choice) < index);
  if (twice !== undefined) throw new InputError(`${where}: has the choice "${twice}" twice`);
}

/** Whether a row's prompt marks the place of its image. */
function placesImage({ prompt, image, question }: Row, where: string): boolean {
  const marks = (prompt ?? question).split(IMAGE_MARKER).length - 1;
  if (prompt === undefined || marks === 0) return false;
  if (marks === 1 && image !== null) return true;
  throw new InputError(
    `${where}: "prompt" marks ${marks} places of images ("${IMAGE_MARKER}") and the row has ${image === null ? "no image" : "one"}; mark one place, or none for an image in front`,
  );
}

/** Places of the choices that are right. */
function rightChoices({ scoring, choices = [] }: Row, answers: readonly string[], where: string): readonly number[] {
  const spelled = choices.map((choice, index) => (scoring === "choice" ? letterAt(index) : choice));
  const spell = scoring === "choice" ? (text: string): string => text : scoring === "vqa" ? normaliseAnswer : plain;
  const right = spelled.flatMap((choice, index) => (answers.includes(spell(choice)) ? [index] : []));
  if (choices.length === 0 || right.length > 0) return right;
  throw new InputError(
    `${where}: none of the answers is one of the choices ${someOf(choices.map((choice) => `"${choice}"`))}`,
  );
}

/** LLaVA's wording for the kind of answer that is wanted. "contains" scores whole sentences, so it adds no wording. */
function worded(row: Row): string {
  if (row.scoring === "choice") return `${row.question}\n${letteredOptions(row.choices!)}\n${LETTER_ANSWER}`;
  return row.scoring === "contains" ? row.question : `${row.question}\n${SHORT_ANSWER}`;
}

function acceptedAnswers(row: Row, where: string): readonly string[] {
  if (row.scoring === "choice") return row.answers.map((answer) => choiceLetter(answer, row.choices!, where));
  if (row.scoring !== "vqa") return row.answers.map(plain);
  if (row.answers.length < MIN_VQA_ANSWERS) {
    throw new InputError(
      `${where}: scoring "vqa" leaves one person's answer out and needs at least ${MIN_VQA_ANSWERS} answers, got ${row.answers.length}; use "exact"`,
    );
  }
  return row.answers.map(normaliseAnswer);
}

const letterAt = (index: number): string => String.fromCharCode(65 + index);

function choiceLetter(answer: string, choices: readonly string[], where: string): string {
  const byText = choices.indexOf(answer);
  if (byText >= 0) return letterAt(byText);
  const letters = choices.map((_, index) => letterAt(index));
  if (letters.includes(answer)) return answer;
  throw new InputError(`${where}: answer "${answer}" is none of the choices and none of ${letters.join(", ")}`);
}

/** Lower case, outer white space and final full stops off. */
const plain = (text: string): string => strip(stripFullStops(strip(text)).toLowerCase());

/** The words between spaces and punctuation, with a space on both sides. */
const paddedWords = (text: string): string =>
  ` ${splitWords(text.toLowerCase().replace(/[\p{P}\p{S}]/gu, " ")).join(" ")} `;

type Judge = (text: string, truth: CustomTruth) => Judgement;

const isAnswer: Judge = (text, { answers }) => {
  const said = plain(text);
  return verdict(said, answers.includes(said), said === "");
};

const JUDGES: Readonly<Record<Scoring, Judge>> = {
  exact: isAnswer,
  contains: (text, { answers }) => {
    const said = paddedWords(text);
    return verdict(
      said.trim(),
      answers.some((answer) => said.includes(paddedWords(answer))),
      said.trim() === "",
    );
  },
  vqa: (text, { answers }) => {
    const said = normaliseAnswer(text);
    return { parsed: said, score: softAccuracy(said, answers), unparseable: said === "" };
  },
  choice: (text, { answers, choices }) => {
    const letter = readChoice(text, choices);
    return verdict(letter, letter !== null && answers.includes(letter));
  },
  // The answer of a run is the likeliest choice.
  likelihood: isAnswer,
};

/** "B", "B.", "(B)", "B. its text" or a choice's text alone. */
function readChoice(text: string, choices: readonly string[]): string | null {
  const said = strip(text);
  const letter = /^\(?([A-Z])(?:[).:,]|$)/.exec(said)?.[1];
  if (letter !== undefined && letter < letterAt(choices.length)) return letter;
  const byText = choices.findIndex((choice) => plain(choice) === plain(said));
  return byText < 0 ? null : letterAt(byText);
}

const judgeText: Variant<CustomTruth>["judge"] = (_item, truth, text) => JUDGES[truth.scoring](text, truth);

/** A benchmark of one's own: a JSON Lines file of image, question and answers. */
export const custom: Benchmark<CustomTruth> = {
  name: "custom",
  title: "custom: questions of your own",
  imageFolders: ["images", "."],
  maxNewTokens: 128,
  load,
  rightAnswer: ({ answers }) => [...new Set(answers)].join(", "),
  variants: [
    accuracyVariant({
      name: "llava",
      about: "as each row's scoring says: exact, contains, vqa (EvalAI's soft accuracy), choice or likelihood",
      judge: judgeText,
    }),
    ...rankingVariants<CustomTruth>({ rightChoices: (truth) => truth.rightChoices, otherwise: judgeText }),
  ],
  details: (judged) => ({
    "by scoring": accuracyBy(judged, ({ truth }) => truth.scoring),
    "by category": accuracyBy(judged, ({ item }) => item.category),
  }),
};
