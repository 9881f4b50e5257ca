import { join } from "node:path";
import { readWholeFile } from "../../files/read-whole.js";
import { exists } from "../../files/look.js";
import { CARD_FILE, cardText } from "../../layout/model-card.js";
import { count, percent } from "../../layout/numbers.js";
import type { Comparison, Results } from "../scoring/results.js";
import { formatScore, formatSigned } from "../scoring/format-score.js";

/** Longest card that is read to learn whose it is. The Hub's longest are some 200 KB. */
const MOST_CARD_BYTES = 2 ** 24;

/** The heading of a card of results; cards of adapters and models have others. */
const HEADING = "Results of";

/**
 * The card of a run, which the Hub shows: what was measured, in lines that can be copied into the card of the model that was measured,
 * and by what it can be recognised. It holds no path of a machine.
 */
export function resultsCard(results: Results): string {
  const { benchmark, tool, run, data, answers, counts, notes } = results;
  return cardText({
    title: `${HEADING} ${benchmark}`,
    tags: { library_name: "langbridge" },
    parts: {},
    toolVersion: tool.replace(/^langbridge /, ""),
    made: [
      `\`langbridge eval\` asked ${count(counts.asked)} questions and scored the answers; results.json has every figure`,
      ...Object.entries(run?.identity ?? {}).map(([name, value]) => `${name}: ${value}`),
      ...[...data, ...answers].map(({ name, sha256 }) => `${name}: sha256 ${sha256}`),
    ],
    uses: [
      {
        program: "langbridge",
        status: "Beside another run of the same questions:",
        language: "sh",
        lines: ["langbridge eval compare OTHER_RUN ."],
      },
    ],
    measured: measuredLines(results),
    checks: [],
    remarks: ["The lines under Measured belong into the card of the model that was measured, too.", ...notes],
  });
}

/** What was measured, one line each. */
function measuredLines({
  benchmark,
  variant,
  about,
  blind,
  primary,
  counts,
  selection,
  comparison,
}: Results): string[] {
  const what = `${benchmark}${blind ? ", blind (a zero image)" : ""}, ${count(counts.scored)} questions${selection.limit === null ? "" : ", a part of the benchmark"}`;
  if (primary === null) return [`${what}: answered, and to be scored by an external grader`];
  return [
    `${what}: ${primary.name} ${formatScore(primary.value, primary.unit)} (metric variant ${variant}, ${about})`,
    ...(comparison === null ? [] : [comparedLine(comparison, primary)]),
  ];
}

function comparedLine(
  { figure, before, difference, interval, confidence, retention, retentionInterval, pValue }: Comparison,
  primary: NonNullable<Results["primary"]>,
): string {
  const unit = primary.name === figure ? primary.unit : "fraction";
  const kept = retention === null ? [] : [`retention ${percent(retention)}${ofInterval(retentionInterval)}`];
  return [
    `against a baseline of ${figure} ${formatScore(before, unit)}: ${formatSigned(difference, unit)} points`,
    `${Math.round(100 * confidence)} % interval ${formatSigned(interval[0], unit)} to ${formatSigned(interval[1], unit)}`,
    ...(pValue === null ? [] : [`p ${pValue.toPrecision(2)}`]),
    ...kept,
  ].join(", ");
}

const ofInterval = (interval: Comparison["retentionInterval"]): string =>
  interval === null ? "" : ` (${percent(interval[0])} to ${percent(interval[1])})`;

/** Whether a card of results may be written into `folder`: a card of anything else, such as of the model that was measured, stays. */
export async function takesResultsCard(folder: string): Promise<boolean> {
  const path = join(folder, CARD_FILE);
  if (!(await exists(path))) return true;
  const text = (await readWholeFile(path, { most: MOST_CARD_BYTES, as: "a model card" })).toString("utf8");
  return text.startsWith("---\n") && text.includes(`\n# ${HEADING} `);
}
