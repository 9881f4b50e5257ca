import { InputError } from "../../errors.js";
import type { Progress } from "../../progress.js";
import { escapeHtml, sectionsAsHtml } from "../../layout/html.js";
import { csvLine } from "../../layout/csv.js";
import { count } from "../../layout/numbers.js";
import type { Section } from "../../layout/sections.js";
import { printable, right } from "../../layout/table.js";
import { interactivePage, pictureBlock } from "../../pages/interactive-page.js";
import type { PageFiles } from "../../pages/page-files.js";
import { readBaselines } from "../compare/evaluate.js";
import { findImageFolder } from "../run/question-images.js";
import type { Comparison, Results } from "../scoring/results.js";
import { findBenchmark } from "../tasks/benchmarks.js";
import type { ImageSource } from "../tasks/item.js";
import { answersBeside, askedQuestions, type AskedQuestion } from "./asked-questions.js";
import { evalSections } from "./eval-sections.js";
import { formatScore, formatSigned } from "../scoring/format-score.js";
import { groupChart } from "./group-chart.js";
import { questionPictures } from "./question-pictures.js";
import type { JudgedAnswer, PageQuestion, QuestionsData } from "./questions-data.js";

export interface EvalPageOptions {
  readonly results: Results;
  /** The benchmark's folder. */
  readonly data: string;
  /** Folder of the images, where it is not the benchmark's own. */
  readonly images?: string | undefined;
  /** LLaVA's answer files that were scored. */
  readonly answers: readonly string[];
  /** Paths of results.json that the result was compared with. */
  readonly baselines: readonly string[];
  /** The answer files of the baseline, where they do not lie beside its results.json. */
  readonly baselineAnswers?: readonly string[] | undefined;
  /** Folder that `langbridge explain` wrote of the same pictures. */
  readonly explained?: string | undefined;
  /** Where the page will lie. */
  readonly page: string;
  readonly onProgress?: Progress | undefined;
}

/** Questions in the tables without JavaScript, and unparseable answers that are named. */
const [LISTED, NAMED] = [200, 100];

/**
 * The page of an evaluation: every question with its picture, the right answer, the answer and that of the baseline.
 *
 * @throws InputError for answers that do not fit the data
 */
export async function evalPage(options: EvalPageOptions): Promise<PageFiles> {
  const { results, page, onProgress } = options;
  onProgress?.({ stage: "making the page", done: 0, total: 0 });
  const benchmark = findBenchmark(results.benchmark);
  const dataset = await benchmark.load(options.data);
  const { before } = await readBaselines(options.baselines);
  const beforeAnswers =
    before === null ? [] : (options.baselineAnswers ?? (await answersBeside(before.name, before.results)));
  const questions = await askedQuestions({
    results,
    benchmark,
    dataset,
    answers: options.answers,
    before: beforeAnswers,
  });
  const needsFolder =
    !results.blind && questions.some(({ item }) => item.image !== null && item.image.embedded === null);
  const imageFolder = results.blind ? null : needsFolder ? await imagesOf(options) : options.data;
  const images = imagesInOrder(questions);
  const { pictures, embedded } = await questionPictures({
    images,
    imageFolder,
    page,
    explained: options.explained ?? null,
  });
  const places = new Map([...images.keys()].map((key, place) => [key, place]));
  const data: QuestionsData = {
    format: "langbridge-questions",
    version: 1,
    benchmark: results.benchmark,
    variant: results.variant,
    baseline: beforeAnswers.length === 0 ? null : printable(before!.name),
    pictures,
    questions: questions.map((question) => pageQuestion(question, places)),
  };
  const prompt =
    results.run === null
      ? []
      : [{ title: "first prompt", columns: [], rows: [], remarks: results.run.firstPrompt.split("\n") }];
  const facts = sectionsAsHtml([...evalSections(results, { named: NAMED }), ...prompt]);
  const missing = before !== null && beforeAnswers.length === 0 ? [NO_ANSWERS(before.name)] : [];
  const summary = [...testSentences(results, questions), ...missing].map(
    (sentence) => `<p class="finding">${escapeHtml(sentence)}</p>`,
  );
  const chart = groupChart(questions, { names: data.baseline === null ? ["this run"] : ["this run", "baseline"] });
  const html = await interactivePage({
    kind: "eval",
    title: `langbridge eval: ${results.benchmark}`,
    intro: [...summary, chart].join("\n"),
    after: `<details class="notes"><summary>All figures, and what they rest on</summary>${facts}</details>`,
    data,
    body: sectionsAsHtml([stillTable(data)]),
    blocks: embedded.map((url) => pictureBlock(url)),
    showsFiles: pictures.some(({ address }) => address !== null),
  });
  return { html, what: "questions", json: `${JSON.stringify(data, null, 1)}\n`, csv: questionsCsv(data) };
}

const NO_ANSWERS = (name: string): string =>
  `The answers of the baseline do not lie beside ${printable(name)}, so only its figures are shown; --baseline-answers names them.`;

/** The folder of the pictures; null where there is none, and the page then has none. */
async function imagesOf({ results, data, images }: EvalPageOptions): Promise<string | null> {
  try {
    return await findImageFolder(findBenchmark(results.benchmark), data, images);
  } catch (error) {
    if (error instanceof InputError && images === undefined) return null;
    throw error;
  }
}

/** Pictures by key; first those of questions whose answer changed, then those of wrong answers. */
function imagesInOrder(questions: readonly AskedQuestion[]): ReadonlyMap<string, ImageSource> {
  const wanted = [
    ({ answer, before }: AskedQuestion) => before !== null && before.score !== answer.score,
    ({ answer }: AskedQuestion) => answer.score !== null && answer.score < 1,
    () => true,
  ];
  const images = new Map<string, ImageSource>();
  for (const isWanted of wanted) {
    for (const question of questions) {
      const { image } = question.item;
      if (image !== null && isWanted(question) && !images.has(image.key)) images.set(image.key, image);
    }
  }
  return images;
}

function pageQuestion(
  { item, right: rightAnswer, answer, before }: AskedQuestion,
  places: ReadonlyMap<string, number>,
): PageQuestion {
  const shown = ({ text, score }: JudgedAnswer): JudgedAnswer => ({ text, score });
  return {
    id: item.questionId,
    picture: item.image === null ? null : places.get(item.image.key)!,
    group: item.category,
    question: item.prompt,
    right: rightAnswer,
    answer: shown(answer),
    before: before === null ? null : shown(before),
  };
}

/** What the comparison found, for somebody who reads one sentence: what changed, how sure that is, and in which answers. */
function testSentences({ comparison, primary }: Results, questions: readonly AskedQuestion[]): string[] {
  const scored = questions.filter(({ answer }) => answer.score !== null);
  if (comparison === null)
    return primary === null
      ? []
      : [`${primary.name}: ${formatScore(primary.value, primary.unit)} over ${count(scored.length)} questions.`];
  return [differenceSentence(comparison, primary?.unit ?? "fraction"), ...changeSentences(scored)];
}

function differenceSentence(
  { figure, before, after, difference, interval, pValue, confidence, groups }: Comparison,
  unit: "fraction" | "points",
): string {
  const test =
    pValue === null
      ? ""
      : ` Were both runs alike, so large a difference would come about by chance in ${percentOfCases(pValue)} of cases (paired randomization test over ${count(groups)} groups, p ${pValue < 0.001 ? "< 0.001" : `= ${pValue.toFixed(3)}`}).`;
  const ends = interval.map((end) => formatSigned(end, unit)).join(" to ");
  return `${figure}: ${formatScore(before, unit)} before, ${formatScore(after, unit)} after, a difference of ${formatSigned(difference, unit)} points (${Math.round(confidence * 100)} % interval ${ends}).${test}`;
}

const percentOfCases = (p: number): string => (p < 0.001 ? "fewer than 0.1 %" : `${(100 * p).toFixed(1)} %`);

function changeSentences(scored: readonly AskedQuestion[]): string[] {
  if (scored[0]?.before == null) return [];
  const changes = scored.map(({ answer, before }) => answer.score! - before!.score!);
  const [better, worse] = [
    changes.filter((change) => change > 0).length,
    changes.filter((change) => change < 0).length,
  ];
  return [`Of ${count(scored.length)} answers, ${count(better)} became better and ${count(worse)} became worse.`];
}

/** What a reader without JavaScript sees. */
function stillTable({ questions, pictures, baseline }: QuestionsData): Section {
  const shown = questions.slice(0, LISTED);
  return {
    title: "Questions",
    columns: [
      { header: "question" },
      { header: "picture" },
      { header: "right answer" },
      { header: "answer" },
      right("score"),
      ...(baseline === null ? [] : [{ header: "baseline" }, right("score")]),
    ],
    rows: shown.map(({ question, picture, right: rightAnswer, answer, before }) => [
      oneLine(question),
      picture === null ? "" : pictures[picture]!.name,
      rightAnswer === null ? "" : oneLine(rightAnswer),
      ...answerCells(answer),
      ...(before === null ? [] : answerCells(before)),
    ]),
    remarks:
      questions.length > LISTED
        ? [`${count(questions.length - LISTED)} further questions are in the files of CSV and JSON beside this page.`]
        : [],
  };
}

/** Text of several lines in a cell; control characters are shown. */
const oneLine = (text: string): string => printable(text.replaceAll("\n", " "));

const answerCells = ({ text, score }: JudgedAnswer): string[] => [
  text === null ? "-" : oneLine(text),
  score === null ? "" : score.toFixed(2),
];

const CSV_COLUMNS = [
  "question_id",
  "picture",
  "group",
  "question",
  "right_answer",
  "answer",
  "score",
  "baseline_answer",
  "baseline_score",
];

const questionsCsv = ({ questions, pictures }: QuestionsData): string =>
  [
    CSV_COLUMNS,
    ...questions.map(({ id, picture, group, question, right: rightAnswer, answer, before }) => [
      ...[id, picture === null ? null : pictures[picture]!.name, group, question, rightAnswer],
      ...[answer.text, answer.score, before?.text ?? null, before?.score ?? null],
    ]),
  ]
    .map(csvLine)
    .join("");
