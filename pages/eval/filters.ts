import type { PageQuestion, QuestionsData } from "../../src/benchmark/report/questions-data.js";

/** How much better the answer is than that of the baseline, from -1 to 1; 0 without one. */
export const changesOf = ({ answer, before }: PageQuestion): number =>
  before === null || answer.score === null || before.score === null ? 0 : answer.score - before.score;

/** What can be listed; those that compare need a baseline. */
export const FILTERS = [
  { name: "all", label: "All", compares: false, fits: () => true },
  {
    name: "wrong",
    label: "Wrong",
    compares: false,
    fits: ({ answer }: PageQuestion) => answer.score !== null && answer.score < 1,
  },
  {
    name: "changed",
    label: "Changed",
    compares: true,
    fits: (question: PageQuestion) => question.answer.text !== question.before?.text,
  },
  { name: "worse", label: "Became worse", compares: true, fits: (question: PageQuestion) => changesOf(question) < 0 },
  { name: "better", label: "Became better", compares: true, fits: (question: PageQuestion) => changesOf(question) > 0 },
] as const;

export type FilterName = (typeof FILTERS)[number]["name"];

export interface Wanted {
  readonly filter: FilterName;
  /** Empty for all groups. */
  readonly group: string;
  /** Looked for in question, id, picture and answers, in capitals or not. */
  readonly text: string;
}

/** The places of the questions that fit, in order. */
export function filterQuestions(
  { questions, pictures }: QuestionsData,
  { filter, group, text }: Wanted,
): readonly number[] {
  const { fits } = FILTERS.find(({ name }) => name === filter)!;
  const wanted = text.trim().toLowerCase();
  const holds = (value: string | null | undefined): boolean => value?.toLowerCase().includes(wanted) ?? false;
  return questions.flatMap((question, place) => {
    if (!fits(question) || (group !== "" && question.group !== group)) return [];
    if (wanted === "") return [place];
    const { id, picture, question: asked, right, answer, before } = question;
    const name = picture === null ? null : pictures[picture]!.name;
    return [asked, right, answer.text, before?.text, String(id), name].some(holds) ? [place] : [];
  });
}
