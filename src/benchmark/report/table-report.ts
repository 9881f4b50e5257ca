import { InputError } from "../../errors.js";
import { latexTable, markdownTable } from "../../layout/table-files.js";
import { largestOf, percent } from "../../layout/numbers.js";
import { someOf } from "../../layout/some-of.js";
import { sectionsAsText, type Section } from "../../layout/sections.js";
import { right } from "../../layout/table.js";
import { CONFIDENCE } from "../compare/compare.js";
import type { ResultsTable, ResultsRow } from "../compare/results-table.js";
import { formatScore, formatSigned } from "../scoring/format-score.js";

/** The table for the terminal, at most 100 columns wide. */
export const tableText = (table: ResultsTable): string => sectionsAsText([tableSection(table)]);

/** What a file of a table begins with, by which a later one knows that it may replace it. */
const FORMATS: Readonly<Record<string, (table: ResultsTable) => string>> = {
  ".md": (table) => `<!-- langbridge table -->\n\n${markdownTable(tableSection(table))}`,
  ".tex": (table) => `% langbridge table, for \\usepackage{booktabs}\n${latexTable(tableSection(table))}`,
  ".json": (table) => `${JSON.stringify(table, null, 2)}\n`,
};

/**
 * The table as the text of a file, in the format that the file's ending names.
 *
 * @throws InputError for another ending
 */
export function tableFileText(path: string, table: ResultsTable): string {
  return requireTableFormat(path)(table);
}

/** @throws InputError for an ending that is none of a table's */
export function requireTableFormat(path: string): (typeof FORMATS)[string] {
  const ending = Object.keys(FORMATS).find((each) => path.toLowerCase().endsWith(each));
  if (ending !== undefined) return FORMATS[ending]!;
  throw new InputError(`${path}: a table is written as ${Object.keys(FORMATS).join(", ")}; end the name so`);
}

const INTERVAL = `${Math.round(CONFIDENCE * 100)} % interval`;

/** A row for each run of each system; columns of comparisons only where there is one. */
export function tableSection({ rows }: ResultsTable): Section {
  const compared = rows.some(({ comparison }) => comparison !== null);
  const several = new Set(rows.map(({ system }) => system)).size > 1;
  const names = shortNames(rows.map(({ system }) => system));
  return {
    columns: [
      { header: "run" },
      ...(several ? [{ header: "result" }] : []),
      { header: "figure" },
      right("score"),
      right(INTERVAL),
      ...(compared ? ["difference", INTERVAL, "p", "retention"].map(right) : [right("questions")]),
    ],
    rows: rows.map((row) => [
      row.blind && !row.run.includes("blind") ? `${row.run}, blind` : row.run,
      ...(several ? [names.get(row.system)!] : []),
      row.figure ?? "external grader",
      row.value === null ? "-" : formatScore(row.value, row.unit!),
      row.interval === null ? "-" : row.interval.map((end) => formatEnd(end, row)).join(" to "),
      ...(compared ? comparisonCells(row) : [String(row.questions)]),
    ]),
    remarks: compared ? comparisonRemarks(rows) : [],
  };
}

/** The ends of paths that tell them apart: folders of results mostly lie side by side. */
function shortNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const parts = [...new Set(paths)].map((path) => ({
    path,
    words: path.replace(/\/+(?:results\.json)?$/, "").split("/"),
  }));
  const longest = largestOf(parts.map(({ words }) => words.length));
  for (let kept = 1; kept <= longest; kept += 1) {
    const names = parts.map(({ path, words }) => [path, words.slice(-kept).join("/")] as const);
    if (new Set(names.map(([, name]) => name)).size === names.length) return new Map(names);
  }
  return new Map(parts.map(({ path }) => [path, path]));
}

function comparisonCells(row: ResultsRow): string[] {
  const { comparison, unit } = row;
  if (comparison === null) return ["", "", "", ""];
  const { difference, interval, pValue, retention } = comparison;
  return [
    formatSigned(difference, unit!),
    interval.map((end) => formatSigned(end, unit!, ENDS)).join(" to "),
    pValue === null ? "-" : formatP(pValue),
    retention === null ? "-" : percent(retention),
  ];
}

/** Decimals of the ends of intervals, which wander by more than a hundredth. */
const ENDS = 1;

/** The ends of an interval have the unit of the score beside it. */
const formatEnd = (end: number, { unit }: ResultsRow): string => formatScore(end, unit!, ENDS).replace(" %", "");

/** A p-value below what the samples can tell is not printed as 0. */
const formatP = (p: number): string => (p < 0.001 ? "<0.001" : p.toFixed(3));

function comparisonRemarks(rows: readonly ResultsRow[]): string[] {
  const comparisons = rows.flatMap(({ comparison }) => (comparison === null ? [] : [comparison]));
  const baselines = [...new Set(comparisons.map(({ baseline }) => baseline))];
  const floors = comparisons.filter(({ blind }) => blind !== null).length;
  return [
    `difference: against ${someOf(baselines, 3)}, in points, with a paired bootstrap interval; p: paired randomization test, not corrected for the number of rows`,
    floors === 0
      ? "retention: after / before; a blind run among the results makes it the share above what is answered without seeing"
      : `retention: of what stands above a blind run, in ${floors} of ${comparisons.length} comparisons; else after / before`,
  ];
}
