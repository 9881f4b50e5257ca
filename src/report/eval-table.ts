import type { Unit } from "../benchmark/benchmark.js";
import { findBenchmark, findVariant } from "../benchmark/benchmarks.js";
import type { ShardReport } from "../benchmark/evaluate-model.js";
import type { Comparison, Results, RunRecord } from "../benchmark/results.js";
import { count, formatTable, TABLE_WIDTH, visible } from "./table.js";

/** Unparseable answers and missing images shown; results.json lists the rest. */
const SHOWN = 3;

/** Lays out a result for the terminal: at most 100 columns, no colours. */
export function evalTable(results: Results): string {
  const blocks = [
    heading(results),
    scoreTable(results),
    partsTable(results),
    variantsText(results),
    results.comparison === null ? "" : comparisonText(results.comparison, unitOf(results, results.comparison.figure)),
    countsText(results),
    results.run === null ? "" : runText(results.run),
    dataTable(results),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

/** What one shard of several did, and what comes next. */
export function shardText({ shard, asked, answeredNow, output }: ShardReport): string {
  return wrap(
    `shard ${shard.index} of ${shard.count}: ${count(asked)} questions, ${count(answeredNow)} answered now, kept in ${output}; when all are done: langbridge eval merge ${output} --output DIR`,
  );
}

function heading({ benchmark, variant, about, blind }: Results): string {
  const name = `${benchmark}${blind ? ", blind (a zero image)" : ""}`;
  return wrap(variant === null ? name : `${name}: metric variant ${variant}, ${about}`);
}

/** Figures of the whole; those of parts have "/" in their names. */
function scoreTable({ scores, primary }: Results): string {
  const names = Object.keys(scores).filter((name) => !name.includes("/"));
  if (names.length === 0) return "";
  const rows = names.map((name) => [
    name,
    formatScore(scores[name]!, primary!.unit),
    name === primary!.name ? "<-" : "",
  ]);
  return formatTable([{ header: "figure" }, { header: "score", align: "right" }, { header: "" }], rows);
}

function partsTable({ scores, primary }: Results): string {
  const parts = new Map<string, Map<string, number>>();
  for (const [name, value] of Object.entries(scores)) {
    const [part, figure] = name.split("/");
    if (figure === undefined) continue;
    parts.set(part!, (parts.get(part!) ?? new Map<string, number>()).set(figure, value));
  }
  const figures = [...new Set([...parts.values()].flatMap((part) => [...part.keys()]))];
  if (figures.length === 0) return "";
  return formatTable(
    [{ header: "part" }, ...figures.map((header) => ({ header, align: "right" as const }))],
    [...parts].map(([part, values]) => [
      part,
      ...figures.map((figure) => (values.has(figure) ? formatScore(values.get(figure)!, primary!.unit) : "")),
    ]),
  );
}

/** What the other variants make of the same answers. */
function variantsText({ benchmark, variants, variant, primary }: Results): string {
  const others = Object.entries(variants).filter(([name]) => name !== variant);
  if (others.length === 0) return "";
  const figures = others.map(([name, scores]) => {
    const figure = findVariant(findBenchmark(benchmark), name)!.primary;
    return `${name} ${figure} ${formatScore(scores[figure]!, primary!.unit)}`;
  });
  return wrap(`other variants: ${figures.join(", ")}`);
}

const unitOf = (results: Results, figure: string): Unit =>
  results.primary?.name === figure ? results.primary.unit : "fraction";

function comparisonText(comparison: Comparison, unit: Unit): string {
  const { before, after, difference, interval, retention, retentionInterval, blind } = comparison;
  const table = formatTable(
    [
      { header: "figure" },
      { header: "before", align: "right" },
      { header: "after", align: "right" },
      { header: "difference", align: "right" },
      { header: `${Math.round(comparison.confidence * 100)} % interval`, align: "right" },
      { header: "retention", align: "right" },
    ],
    [
      [
        comparison.figure,
        formatScore(before, unit),
        formatScore(after, unit),
        signed(difference, unit),
        `${signed(interval[0], unit)} to ${signed(interval[1], unit)}`,
        retention === null ? "-" : percentOf(retention),
      ],
    ],
  );
  const spread =
    interval[0] <= 0 && interval[1] >= 0 ? "the difference is within chance" : "the difference is beyond chance";
  const kept =
    retentionInterval === null
      ? ""
      : `; retention ${percentOf(retentionInterval[0])} to ${percentOf(retentionInterval[1])}`;
  const floor = blind === null ? "" : `, of what stands above ${formatScore(blind, unit)} blind`;
  return `${table}\n${wrap(`against ${comparison.baseline}: ${spread} (paired bootstrap over ${count(comparison.groups)} groups)${kept}${floor}`)}`;
}

function countsText({ counts, unparseable, missingImages, notes }: Results): string {
  const lines = [
    `${count(counts.asked)} questions asked, ${count(counts.scored)} scored, ${count(counts.answered)} answered`,
  ];
  if (counts.missing > 0) lines.push(`${count(counts.missing)} without an answer, scored as wrong`);
  if (counts.otherPrompt > 0) {
    lines.push(`${count(counts.otherPrompt)} answers were given to prompts worded otherwise than the data set's`);
  }
  if (counts.missingImages > 0) {
    lines.push(
      `${count(counts.missingImages)} images missing, their questions scored as wrong: ${shown(missingImages)}`,
    );
  }
  if (counts.unparseable > 0) {
    const texts = unparseable.map(({ questionId, text }) => `${questionId} "${visible(text).slice(0, 40)}"`);
    lines.push(`${count(counts.unparseable)} unparseable answers: ${shown(texts)}`);
  }
  return [...lines, ...notes].map(wrap).join("\n");
}

const shown = (texts: readonly string[]): string =>
  texts.slice(0, SHOWN).join(", ") + (texts.length > SHOWN ? ", ... (all in results.json)" : "");

function runText(run: RunRecord): string {
  const { stages, latency } = run;
  const rate = (value: number | null, unit: string): string => (value === null ? "" : `, ${value.toFixed(1)} ${unit}`);
  const lines = [
    `${count(run.questions)} questions in ${run.seconds.toFixed(1)} s${rate(run.questionsPerSecond, "questions/s")}${rate(run.tokensPerSecond, "tokens/s")}`,
    `decode ${stages.decode.toFixed(1)} s, vision ${stages.vision.toFixed(1)} s, prefill ${stages.prefill.toFixed(1)} s, tokens ${stages.tokens.toFixed(1)} s`,
  ];
  if (latency !== null) lines.push(`latency p50 ${latency.p50.toFixed(0)} ms, p95 ${latency.p95.toFixed(0)} ms`);
  lines.push(`peak memory ${count(Math.round(run.peakMemoryMB))} MB`);
  lines.push(...Object.entries(run.identity).map(([name, value]) => `${name}: ${value}`));
  return lines.map(wrap).join("\n");
}

function dataTable({ data, answers }: Results): string {
  const rows = [...data.map((file) => ["data", file] as const), ...answers.map((file) => ["answers", file] as const)];
  return formatTable(
    [{ header: "file" }, { header: "" }, { header: "rows", align: "right" }, { header: "sha256" }],
    rows.map(([kind, file]) => [file.name, kind, count(file.rows), file.sha256.slice(0, 16)]),
  );
}

const formatScore = (value: number, unit: Unit): string =>
  unit === "points" ? value.toFixed(2) : `${(100 * value).toFixed(2)} %`;

const signed = (value: number, unit: Unit): string =>
  `${value < 0 ? "-" : "+"}${(unit === "points" ? Math.abs(value) : 100 * Math.abs(value)).toFixed(2)}`;

const percentOf = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Breaks text at spaces so that no line is wider than a table. */
function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > TABLE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n  ");
}
