import { intervalChart, type ChartPoint, type ChartRow } from "../../layout/interval-chart.js";
import { fit, printable } from "../../layout/table.js";
import { groupTable, pairedBootstrap, percentileInterval } from "../compare/bootstrap.js";
import { CONFIDENCE, SAMPLES, SEED } from "../compare/compare.js";
import type { AskedQuestion } from "./asked-questions.js";
import type { JudgedAnswer } from "./questions-data.js";

/** More groups than a chart can show are left to the filter of the page. */
const MOST_GROUPS = 40;

/** How wide a group's name is drawn, in characters. */
const LABEL_WIDTH = 26;

/**
 * The share of right answers of each group with its bootstrap interval over pictures, with those of the baseline below, as SVG; empty where
 * nothing is scored.
 */
export function groupChart(
  questions: readonly AskedQuestion[],
  { names }: { readonly names: readonly string[] },
): string {
  const scored = questions.filter(({ answer }) => answer.score !== null);
  const groups = new Map<string, AskedQuestion[]>();
  for (const question of scored) {
    const group = groups.get(question.item.category);
    if (group === undefined) groups.set(question.item.category, [question]);
    else group.push(question);
  }
  if (scored.length === 0 || groups.size > MOST_GROUPS) return "";
  const of = (label: string, asked: readonly AskedQuestion[]): ChartRow => ({
    label,
    points: [
      shareOf(asked, ({ answer }) => answer),
      ...(names.length > 1 ? [shareOf(asked, ({ before }) => before!)] : []),
    ],
  });
  const rows = [
    ...(groups.size > 1 ? [...groups].map(([group, asked]) => of(fit(printable(group), LABEL_WIDTH), asked)) : []),
    of("all", scored),
  ];
  const title = `Share of right answers in percent, with ${Math.round(CONFIDENCE * 100)} % intervals`;
  const label = `${title}: ${rows
    .map(({ label: name, points }) => `${name} ${points.map(({ value }) => (100 * value).toFixed(1)).join(" and ")}`)
    .join("; ")}`;
  return `<h2>${title}</h2>${intervalChart(rows, { label, series: names })}`;
}

/** The mean score of the questions; the bootstrap draws those about one picture together. */
function shareOf(asked: readonly AskedQuestion[], answerOf: (question: AskedQuestion) => JudgedAnswer): ChartPoint {
  const sums = new Map<string, [score: number, count: number]>();
  for (const question of asked) {
    const sum = sums.get(question.item.group) ?? [0, 0];
    sums.set(question.item.group, [sum[0] + answerOf(question).score!, sum[1] + 1]);
  }
  const values = new Float64Array(SAMPLES);
  const table = groupTable([...sums.values()]);
  pairedBootstrap([table], { samples: SAMPLES, seed: SEED }, ([total], sample) => {
    values[sample] = total![0]! / total![1]!;
  });
  const value = asked.reduce((sum, question) => sum + answerOf(question).score!, 0) / asked.length;
  return { value, interval: percentileInterval(values, CONFIDENCE) };
}
