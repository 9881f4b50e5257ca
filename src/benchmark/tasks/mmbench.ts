import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { sha256 } from "../../files/hash.js";
import { ratio, sumScores, verdict } from "./rules/accuracy.js";
import type { Benchmark, Dataset, Judged, Scores, Variant } from "./benchmark.js";
import { findDataFile, type WantedFile } from "./data-files.js";
import { toItems, type ImageSource, type ItemDraft } from "./item.js";
import { inferChoice } from "./rules/infer-choice.js";
import { strip } from "./rules/python.js";
import { findParquet, readParquetRows } from "./parquet-data.js";
import { forEachTableRow, type FieldPlace, type TableRow } from "./tsv.js";
import { LETTER_ANSWER, letteredOptions } from "./wording.js";

type Options = readonly (string | undefined)[];

interface BenchTruth {
  readonly letter: string;
  /** The text of the table by letter, whatever was asked; undefined where pandas reads nothing. */
  readonly options: Options;
  /** Whether the row is of the single pass; the others repeat one with its options shifted. */
  readonly isFirstPass: boolean;
}

const LETTERS = ["A", "B", "C", "D"];

/** Row `index` and row `index + n * SHIFT` ask the same question with other places of the options. */
const SHIFT = 1_000_000;

/** Longest reference from one row to another's image; images are thousands of characters. */
const MAX_REFERENCE_LENGTH = 16;

const TABLE: WantedFile = {
  names: ["mmbench_dev_20230712.tsv", "mmbench_dev*.tsv", "*.tsv"],
  origin: "MMBench's development table, mmbench_dev_20230712.tsv, as LLaVA's docs/Evaluation.md names it",
};

/**
 * Words that LLaVA's runner takes for absent values beside those of pandas, in any case. Source: LLaVA, `is_none` of
 * model_vqa_mmbench.py.
 */
const ABSENT: ReadonlySet<string> = new Set(["nan", "none"]);

/** The text of a cell; undefined where LLaVA's runner reads none. */
function cell({ text }: TableRow, column: string): string | undefined {
  const value = text.get(column);
  return value === undefined || ABSENT.has(value.toLowerCase()) ? undefined : value;
}

const text = z.string().nullish();

/** Columns of lmms-lab/MMBench, those of the table. Source: lmms-eval, tasks/mmbench/en_utils.py; the prompt is LLaVA's. */
const PARQUET = {
  place: { folders: ["en", "data", "."], split: "dev" },
  columns: ["index", "question", "hint", "answer", "A", "B"],
  optional: ["C", "D", "category"],
  image: "image",
  schema: z.object({
    ...{ index: z.number(), question: z.string(), hint: text, answer: text },
    ...{ A: text, B: text, C: text, D: text, category: text },
  }),
};

async function loadParquet(folder: string, paths: readonly string[]): Promise<Dataset<BenchTruth>> {
  const { rows, files, questionFile } = await readParquetRows(folder, paths, PARQUET);
  const drafts = rows.map(({ row, image }, at) => {
    const cells = Object.entries(row).filter(([, value]) => value != null && value !== "" && value !== "nan");
    const asTable = {
      number: at + 1,
      text: new Map(cells.map(([key, value]) => [key, String(value)])),
      places: new Map<string, FieldPlace>(),
    };
    return { ...toDraft(asTable, join(folder, questionFile), new Map()), image };
  });
  return { ...toItems(questionFile, drafts), files, questionFile, notes: notesOf(drafts) };
}

const notesOf = (drafts: readonly ItemDraft<BenchTruth>[]): readonly string[] => {
  const without = drafts.filter(({ truth }) => truth === null).length;
  return without === 0 ? [] : [`${without} of ${drafts.length} rows have no answer (a test split) and are not scored`];
};

async function load(folder: string): Promise<Dataset<BenchTruth>> {
  const paths = await findParquet(folder, PARQUET.place);
  if (paths.length > 0) return loadParquet(folder, paths);
  const questionFile = await findDataFile(folder, TABLE);
  const path = join(folder, questionFile);
  const drafts: ItemDraft<BenchTruth>[] = [];
  const images = new Map<number, ImageSource>();
  const digest = await forEachTableRow(path, new Set(["image"]), (row) => drafts.push(toDraft(row, path, images)));
  if (drafts.length === 0) throw new InputError(`${path}: holds no rows; the file is truncated or not the right one`);
  const files = [{ name: questionFile, sha256: digest.sha256, bytes: digest.bytes, rows: digest.lines }];
  return { ...toItems(questionFile, drafts), files, questionFile, notes: notesOf(drafts) };
}

function toDraft(row: TableRow, path: string, images: Map<number, ImageSource>): ItemDraft<BenchTruth> {
  const where = `${path}: row ${row.number}`;
  const index = row.text.get("index")?.trim() ?? "";
  if (!/^[+-]?\d+$/.test(index) || !Number.isSafeInteger(Number(index))) {
    throw new InputError(`${where}: index is ${JSON.stringify(index)}, a whole number was expected`);
  }
  const question = row.text.get("question");
  if (question === undefined) throw new InputError(`${where}: has no question`);
  // Where the first option is absent, as the word None is, the question is asked without options.
  const options = takeOptions(row);
  const hint = cell(row, "hint");
  const asked = hint === undefined ? question : `${hint}\n${question}`;
  const recordedPrompt = options.length === 0 ? asked : `${asked}\n${letteredOptions(options)}`;
  const letter = cell(row, "answer");
  const questionId = Number(index);
  const image = imageOf(row, path, questionId, images);
  images.set(questionId, image);
  return {
    questionId,
    image,
    prompt: `${recordedPrompt}\n${LETTER_ANSWER}`,
    recordedPrompt,
    category: cell(row, "category") ?? "default",
    group: String(questionId % SHIFT),
    truth:
      letter === undefined
        ? null
        : { letter, options: LETTERS.map((each) => row.text.get(each)), isFirstPass: questionId < SHIFT },
    extra: { round_id: 0, options, option_char: LETTERS.slice(0, options.length) },
  };
}

function takeOptions(row: TableRow): string[] {
  const options = LETTERS.map((letter) => cell(row, letter));
  const end = options.indexOf(undefined);
  return (end < 0 ? options : options.slice(0, end)) as string[];
}

/** Some releases write the index of an earlier row in place of an image that repeats. */
function imageOf(row: TableRow, path: string, index: number, images: ReadonlyMap<number, ImageSource>): ImageSource {
  const place = row.places.get("image");
  if (place === undefined || place.bytes.length === 0) return { key: `row ${index}`, file: null, embedded: null };
  if (place.bytes.length <= MAX_REFERENCE_LENGTH) {
    const referred = images.get(Number(place.bytes.toString("latin1")));
    if (referred !== undefined) return referred;
  }
  const key = sha256(place.bytes).slice(0, 32);
  return { key, file: null, embedded: { path, byteOffset: place.byteOffset, byteLength: place.bytes.length } };
}

/** (right rows, rows, right first-pass rows, first-pass rows, questions right in every shift, questions). */
function tally(judged: readonly Judged<BenchTruth>[]): Float64Array {
  const firstPass = judged.filter(({ truth }) => truth.isFirstPass);
  const allRight = new Map<string, boolean>();
  for (const { item, judgement } of judged) {
    allRight.set(item.group, (allRight.get(item.group) ?? true) && judgement?.score === 1);
  }
  const circular = [...allRight.values()].filter(Boolean).length;
  return Float64Array.of(...sumScores(judged), ...sumScores(firstPass), circular, allRight.size);
}

const scores = ([right, rows, firstRight, firstRows, circular, questions]: Float64Array): Scores => ({
  circular: ratio(circular!, questions!),
  single_pass: ratio(firstRight!, firstRows!),
  rows: ratio(right!, rows!),
});

const variant = (
  name: string,
  about: string,
  read: (text: string, truth: BenchTruth) => string | null,
): Variant<BenchTruth> => ({
  name,
  about,
  judge: (_item, truth, text) => {
    const letter = read(text, truth);
    return verdict(letter, letter === truth.letter);
  },
  tally,
  scores,
  primary: "circular",
  unit: "fraction",
});

/** The letter, when it stands alone and is one of the table's, or the right one although its text is a word for nothing. */
const loneLetter = (text: string, { letter: right, options }: BenchTruth): string | null =>
  LETTERS.find((letter, i) => letter === strip(text) && (options[i] !== undefined || letter === right)) ?? null;

/** MMBench (Liu et al., arXiv 2307.06281): every question is asked once for each shift of its options. */
export const mmbench: Benchmark<BenchTruth> = {
  name: "mmbench",
  title: "MMBench: multiple choice, right in every order of the options",
  imageFolders: [],
  maxNewTokens: 1024,
  wholeGroups: true,
  load,
  rightAnswer: ({ letter, options }) =>
    [letter, options[LETTERS.indexOf(letter)]].filter((part) => part !== undefined).join(". "),
  variants: [
    variant("llava", "the letter alone (the official server lets a chat model read other answers)", loneLetter),
    variant(
      "lmms-eval",
      "lmms-eval's rules before it asks a chat model: one lone letter, else one option's text",
      (text, { options }) => inferChoice(text, options),
    ),
  ],
};
