import { someOf } from "../../layout/some-of.js";
import { formatScore, formatSigned } from "../scoring/format-score.js";
import type { Unit } from "../tasks/benchmark.js";
import { findBenchmark, findVariant } from "../tasks/benchmarks.js";
import type { Comparison, Results, RunRecord } from "../scoring/results.js";
import type { Section } from "../../layout/sections.js";
import { count, percent } from "../../layout/numbers.js";
import { visible, right } from "../../layout/table.js";

/** How many characters of an unparseable answer are shown. */
const SHOWN_TEXT = 40;

export interface EvalSectionOptions {
  /** How many unparseable answers and missing images are named; results.json has the rest. */
  readonly named: number;
}

/** A result in the order in which people ask about it: the score, what changed, what both rest on. */
export function evalSections(results: Results, options: EvalSectionOptions): Section[] {
  return [
    { columns: [], rows: [], remarks: [heading(results)] },
    scores(results),
    parts(results),
    ...(results.comparison === null ? [] : [comparisonSection(results, results.comparison)]),
    { columns: [], rows: [], remarks: countRemarks(results, options) },
    ...(results.run === null ? [] : [runSection(results.run)]),
    files(results),
  ].filter(({ rows, remarks = [] }) => rows.length + remarks.length > 0);
}

function heading({ benchmark, variant, about, blind }: Results): string {
  const name = `${benchmark}${blind ? ", blind (a zero image)" : ""}`;
  return variant === null ? name : `${name}: metric variant ${variant}, ${about}`;
}

/** Figures of the whole; names of figures of parts have a "/". */
function scores(results: Results): Section {
  const { scores, primary } = results;
  const names = Object.keys(scores).filter((name) => !name.includes("/"));
  return {
    columns: [{ header: "figure" }, right("score"), { header: "" }],
    rows: names.map((name) => [name, formatScore(scores[name]!, primary!.unit), name === primary!.name ? "<-" : ""]),
    remarks: otherVariants(results),
  };
}

/** The figures that the other variants give for the same answers. */
function otherVariants({ benchmark, variants, variant, primary }: Results): string[] {
  const figures = Object.entries(variants)
    .filter(([name]) => name !== variant)
    .map(([name, scores]) => {
      const figure = findVariant(findBenchmark(benchmark), name)!.primary;
      return `${name} ${figure} ${formatScore(scores[figure]!, primary!.unit)}`;
    });
  return figures.length === 0 ? [] : [`other variants: ${figures.join(", ")}`];
}

function parts({ scores, primary }: Results): Section {
  const parts = new Map<string, Map<string, number>>();
  for (const [name, value] of Object.entries(scores)) {
    const [part, figure] = name.split("/");
    if (figure === undefined) continue;
    parts.set(part!, (parts.get(part!) ?? new Map<string, number>()).set(figure, value));
  }
  const figures = [...new Set([...parts.values()].flatMap((part) => [...part.keys()]))];
  return {
    columns: [{ header: "part" }, ...figures.map(right)],
    rows: [...parts].map(([part, values]) => [
      part,
      ...figures.map((figure) => (values.has(figure) ? formatScore(values.get(figure)!, primary!.unit) : "")),
    ]),
  };
}

function comparisonSection({ primary }: Results, comparison: Comparison): Section {
  const { figure, before, after, difference, interval, retention, retentionInterval, blind } = comparison;
  const unit: Unit = primary?.name === figure ? primary.unit : "fraction";
  const chance = interval[0] <= 0 && interval[1] >= 0 ? "within chance" : "beyond chance";
  const kept =
    retentionInterval === null
      ? ""
      : `; retention ${percent(retentionInterval[0])} to ${percent(retentionInterval[1])}`;
  const floor = blind === null ? "" : `, of what stands above ${formatScore(blind, unit)} blind`;
  return {
    columns: [
      { header: "figure" },
      ...["before", "after", "difference"].map(right),
      right(`${Math.round(comparison.confidence * 100)} % interval`),
      right("retention"),
    ],
    rows: [
      [
        figure,
        formatScore(before, unit),
        formatScore(after, unit),
        formatSigned(difference, unit),
        `${formatSigned(interval[0], unit)} to ${formatSigned(interval[1], unit)}`,
        retention === null ? "-" : percent(retention),
      ],
    ],
    remarks: [
      `against ${comparison.baseline}: the difference is ${chance} (paired bootstrap over ${count(comparison.groups)} groups)${kept}${floor}`,
    ],
  };
}

function countRemarks({ counts, unparseable, missingImages, notes }: Results, { named }: EvalSectionOptions): string[] {
  const list = (texts: readonly string[]): string =>
    someOf(texts, named) + (texts.length > named ? " (all in results.json)" : "");
  const remarks = [
    `${count(counts.asked)} questions asked, ${count(counts.scored)} scored, ${count(counts.answered)} answered`,
  ];
  if (counts.missing > 0) remarks.push(`${count(counts.missing)} without an answer, scored as wrong`);
  if (counts.otherPrompt > 0) {
    remarks.push(`${count(counts.otherPrompt)} answers were given to prompts worded otherwise than the data set's`);
  }
  if (counts.missingImages > 0) {
    remarks.push(
      `${count(counts.missingImages)} images missing, their questions scored as wrong: ${list(missingImages)}`,
    );
  }
  if (counts.unparseable > 0) {
    const texts = unparseable.map(({ questionId, text }) => `${questionId} "${visible(text).slice(0, SHOWN_TEXT)}"`);
    remarks.push(`${count(counts.unparseable)} unparseable answers: ${list(texts)}`);
  }
  return [...remarks, ...notes];
}

function runSection({ stages, latency, ...run }: RunRecord): Section {
  const rate = (value: number | null, unit: string): string => (value === null ? "" : `, ${value.toFixed(1)} ${unit}`);
  const remarks = [
    `${count(run.questions)} questions in ${run.seconds.toFixed(1)} s${rate(run.questionsPerSecond, "questions/s")}${rate(run.tokensPerSecond, "tokens/s")}`,
    `decode ${stages.decode.toFixed(1)} s, vision ${stages.vision.toFixed(1)} s, prefill ${stages.prefill.toFixed(1)} s, tokens ${stages.tokens.toFixed(1)} s`,
    ...(latency === null ? [] : [`latency p50 ${latency.p50.toFixed(0)} ms, p95 ${latency.p95.toFixed(0)} ms`]),
    `peak memory ${count(Math.round(run.peakMemoryMB))} MB`,
    ...Object.entries(run.identity).map(([name, value]) => `${name}: ${value}`),
  ];
  return { columns: [], rows: [], remarks };
}

function files({ data, answers }: Results): Section {
  const all = [...data.map((file) => ["data", file] as const), ...answers.map((file) => ["answers", file] as const)];
  return {
    columns: [{ header: "file" }, { header: "" }, right("rows"), { header: "sha256" }],
    rows: all.map(([kind, file]) => [file.name, kind, count(file.rows), file.sha256.slice(0, 16)]),
  };
}
