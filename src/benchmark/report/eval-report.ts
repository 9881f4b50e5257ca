import type { ShardReport } from "../run/evaluate-model.js";
import type { Results } from "../scoring/results.js";
import { evalSections } from "./eval-sections.js";
import { htmlPage, sectionsAsHtml } from "../../layout/html.js";
import { sectionsAsText } from "../../layout/sections.js";
import { count } from "../../layout/numbers.js";
import { wrap } from "../../layout/table.js";
import type { ResultsTable } from "../compare/results-table.js";
import { formatScore } from "../scoring/format-score.js";
import { tableSection } from "./table-report.js";

/** How many odd answers are named: a few for the terminal, as many as one can read on a page. */
const [NAMED_IN_TEXT, NAMED_IN_HTML] = [3, 100];

/** A result for the terminal, at most 100 columns wide. */
export const evalText = (results: Results): string => sectionsAsText(evalSections(results, { named: NAMED_IN_TEXT }));

/** The table of several runs as one HTML file, and each of them below it. */
export function suiteHtml(table: ResultsTable, results: ReadonlyMap<string, Results>): string {
  const runs = [...results].flatMap(([name, result]) => {
    const [first, ...rest] = evalSections(result, { named: NAMED_IN_HTML });
    return [{ ...first!, title: name }, ...rest];
  });
  return htmlPage("langbridge eval", sectionsAsHtml([tableSection(table), ...runs]));
}

/** What a run came to, in one line. */
export function evalLine({ benchmark, blind, primary, counts }: Results, output: string): string {
  const score =
    primary === null ? "scored by an external grader" : `${primary.name} ${formatScore(primary.value, primary.unit)}`;
  return `${benchmark}${blind ? ", blind" : ""}: ${score}, ${count(counts.answered)} questions, kept in ${output}`;
}

/** What one shard of several did, and what the user does next. */
export function shardText({ shard, asked, answeredNow, output }: ShardReport): string {
  return wrap(
    `shard ${shard.index} of ${shard.count}: ${count(asked)} questions, ${count(answeredNow)} answered now, kept in ${output}; when all are done: langbridge eval merge ${output} --output DIR`,
  );
}
