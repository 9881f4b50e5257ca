import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { isFile } from "../../files/look.js";
import { accuracyBy, accuracyVariant, verdict } from "./rules/accuracy.js";
import type { Benchmark, Dataset, Judgement } from "./benchmark.js";
import { findDataFile, readJsonLines } from "./data-files.js";
import { normaliseAnswer, softAccuracy } from "./rules/evalai.js";
import { imageFile, toItems, type ItemDraft } from "./item.js";
import { splitWords, strip, stripFullStops } from "./rules/python.js";
import { LETTER_ANSWER, letteredOptions, SHORT_ANSWER } from "./wording.js";

const SCORINGS = ["exact", "contains", "vqa", "choice"] as const;
type Scoring = (typeof SCORINGS)[number];

interface CustomTruth {
  readonly scoring: Scoring;
  /** Accepted answers; for "vqa" one per person, normalised; for "choice" letters. */
  readonly answers: readonly string[];
  readonly choices: readonly string[];
}

/** With fewer answers, those that remain when one is left out can never agree fully. */
const MIN_VQA_ANSWERS = 4;
const MAX_CHOICES = 26;

const rowSchema = z.strictObject({
  id: z.union([z.string(), z.number()]).optional(),
  image: z.string().nullable(),
  question: z.string(),
  answers: z.array(z.string()).min(1),
  scoring: z.enum(SCORINGS).default("exact"),
  choices: z.array(z.string()).min(2).max(MAX_CHOICES).optional(),
  /** The whole prompt, in place of the question with LLaVA's wording. */
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
        names: ["questions.jsonl", "*.jsonl"],
        origin:
          "one JSON object per line with image, question, answers, and if wanted id, scoring, choices, prompt, category",
      });
  const { rows, file } = await readJsonLines(home, questionFile, rowSchema);
  const drafts = rows.map((row, index) => toDraft(row, index + 1, `${join(home, questionFile)}: row ${index + 1}`));
  return { ...toItems(questionFile, drafts), files: [file], questionFile, notes: [] };
}

function toDraft(row: Row, number: number, where: string): ItemDraft<CustomTruth> {
  if ((row.scoring === "choice") !== (row.choices !== undefined)) {
    throw new InputError(`${where}: "choices" and scoring "choice" go together; scoring is "${row.scoring}"`);
  }
  return {
    questionId: row.id ?? number,
    image: row.image === null ? null : imageFile(row.image),
    prompt: row.prompt ?? worded(row),
    category: row.category ?? "default",
    truth: { scoring: row.scoring, answers: acceptedAnswers(row, where), choices: row.choices ?? [] },
  };
}

/** LLaVA's wording for the kind of answer that is wanted. "contains" scores whole sentences, so it adds no wording. */
function worded(row: Row): string {
  if (row.choices !== undefined) return `${row.question}\n${letteredOptions(row.choices)}\n${LETTER_ANSWER}`;
  return row.scoring === "contains" ? row.question : `${row.question}\n${SHORT_ANSWER}`;
}

function acceptedAnswers(row: Row, where: string): readonly string[] {
  if (row.choices !== undefined) return row.answers.map((answer) => choiceLetter(answer, row.choices!, where));
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

const JUDGES: Readonly<Record<Scoring, (text: string, truth: CustomTruth) => Judgement>> = {
  exact: (text, { answers }) => {
    const said = plain(text);
    return verdict(said, answers.includes(said), said === "");
  },
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
};

/** "B", "B.", "(B)", "B. its text" or a choice's text alone. */
function readChoice(text: string, choices: readonly string[]): string | null {
  const said = strip(text);
  const letter = /^\(?([A-Z])(?:[).:,]|$)/.exec(said)?.[1];
  if (letter !== undefined && letter < letterAt(choices.length)) return letter;
  const byText = choices.findIndex((choice) => plain(choice) === plain(said));
  return byText < 0 ? null : letterAt(byText);
}

/** A benchmark of one's own: a JSON Lines file of image, question and answers. */
export const custom: Benchmark<CustomTruth> = {
  name: "custom",
  title: "custom: questions of your own",
  imageFolders: ["images", "."],
  maxNewTokens: 128,
  load,
  variants: [
    accuracyVariant({
      name: "llava",
      about: "as each row's scoring says: exact, contains, vqa (EvalAI's soft accuracy) or choice",
      judge: (_item, truth, text) => JUDGES[truth.scoring](text, truth),
    }),
  ],
  details: (judged) => ({
    "by scoring": accuracyBy(judged, ({ truth }) => truth.scoring),
    "by category": accuracyBy(judged, ({ item }) => item.category),
  }),
};
