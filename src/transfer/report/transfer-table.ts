import { someOf } from "../../layout/some-of.js";
import { chosenError, type FillFacts } from "../missing/fill-missing.js";
import type { PlanSummary } from "../plan/plan-summary.js";
import { distilCommand, measureCommands, type MeasuredFolders } from "./measure-commands.js";
import type { TransferReport } from "./report.js";
import type { ClassShares } from "../rows/row-plan.js";
import { count, percent } from "../../layout/numbers.js";
import { formatTable, printable, visible } from "../../layout/table.js";

/** The plan of a transfer for the terminal. */
export function planTable(plan: PlanSummary): string {
  const { adapter, target } = plan;
  return sections([
    [
      `${adapter.name} (${count(adapter.rows)} rows, ${adapter.vocabulary}) -> ${target.name} ("${target.embeddingTensor}", ${target.hiddenSize} wide)`,
    ],
    [alignLine(plan.align)],
    formatTable([{ header: "rows" }, { header: "", align: "right" }], classRows(plan.counts, adapter.rows)),
    coverageTable(plan.coverage),
    fillLines(plan.fill),
    formatTable(
      [{ header: "class" }, { header: "token" }, { header: "made of" }],
      plan.examples.map(({ match, token, pieces }) => [match, visible(token), pieces.map(visible).join(" + ") || "-"]),
    ),
    warningLines(plan.warnings),
    "dry run: nothing was written",
  ]);
}

/** What a transfer did, for the terminal, and the commands that measure what it keeps. */
export function reportTable(
  report: TransferReport & { readonly distilled?: object },
  folders: MeasuredFolders,
): string {
  const { adapter, target } = report;
  const kept = adapter.rows - report.dropped.length;
  return sections([
    [
      `${adapter.name} (${count(adapter.rows)} rows) -> ${target.name} (${count(kept)} rows, ${target.hiddenSize} wide)`,
    ],
    [alignLine(report.align)],
    formatTable([{ header: "rows" }, { header: "", align: "right" }], classRows(report.counts, adapter.rows)),
    coverageTable({ ...report.coverage, ...(report.headMass && { headMass: report.headMass }) }),
    fillLines(report.fill),
    tokenLine("heaviest approximated", report.approximated),
    tokenLine("heaviest dropped", report.dropped),
    report.relation &&
      `cosines of ${report.relation.tokens} shared tokens correlate ${report.relation.cosineCorrelation.toFixed(2)} between the two tables`,
    report.checks.map((check) => `checked: ${check}`),
    warningLines(report.warnings),
    report.officialFlags && ["official training:", ...report.officialFlags.split("\n")],
    [
      "how much of its accuracy the adapter keeps is not known until it is measured, by a benchmark of yours:",
      ...measureCommands(folders),
    ],
    report.distilled === undefined
      ? ["an ordinary projector for other software is fitted to this one by:", distilCommand(folders)]
      : ["other software takes it after: langbridge export --format hf or gguf"],
  ]);
}

/** `aligned by sparse, k 4: asked for`. */
function alignLine({ method, reason, settings }: PlanSummary["align"] | TransferReport["align"]): string {
  const given = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  return `aligned by ${[method, ...given].join(", ")}: ${reason}`;
}

/** Joins text that is laid out already with lines that are still to be made printable. */
type Part = string | readonly string[] | undefined;

function sections(parts: readonly Part[]): string {
  return parts
    .map((part) => (typeof part === "object" ? part.map(printable).join("\n") : part))
    .filter((part) => part !== undefined && part !== "")
    .join("\n\n");
}

function classRows(counts: Readonly<Record<string, number>>, rows: number): string[][] {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, number]) => [name, `${count(number)}  ${percent(number / rows).padStart(7)}`]);
}

interface Shares {
  readonly rows: ClassShares;
  readonly occurrences?: ClassShares;
  readonly headMass?: ClassShares;
}

const SHARE_NAMES = { rows: "of rows", occurrences: "of occurrences", headMass: "of head mass" } as const;

function coverageTable(shares: Shares): string {
  const right = { align: "right" } as const;
  const columns = [
    { header: "coverage" },
    { header: "exact", ...right },
    { header: "approximated", ...right },
    { header: "dropped", ...right },
  ];
  const rows = Object.entries(SHARE_NAMES).flatMap(([key, name]) => {
    const share = shares[key as keyof Shares];
    return share ? [[name, percent(share.exact), percent(share.approximated), percent(share.dropped)]] : [];
  });
  return formatTable(columns, rows);
}

function tokenLine(title: string, tokens: TransferReport["dropped"]): string | undefined {
  if (tokens.length === 0) return undefined;
  const named = tokens.map(({ token, mass }) =>
    mass === undefined ? visible(token) : `${visible(token)} ${percent(mass)}`,
  );
  return `${title}: ${someOf(named)}`;
}

/** How missing rows were filled, and how well that worked for tokens whose rows are known. */
function fillLines(fill: FillFacts | undefined): readonly string[] {
  if (fill === undefined) return [];
  const { strategy, sharedTokens, from, setting, value, heldOut } = fill;
  return [
    `${strategy} mixes ${count(sharedTokens)} shared tokens of ${from}, ${setting} ${value}; ` +
      `of ${count(heldOut.tokens)} of them, predicted from the others, ${percent(chosenError(fill))} of the squared norm is missed`,
  ];
}

const warningLines = (warnings: readonly string[]): readonly string[] =>
  warnings.map((warning) => `warning: ${warning}`);
