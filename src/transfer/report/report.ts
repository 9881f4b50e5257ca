import { someOf } from "../../layout/some-of.js";
import { ADAPTER_FORMAT_VERSION } from "../../adapter/config.js";
import { summarize, type Summary } from "../../tensor/summary.js";
import type { FillFacts } from "../missing/fill-missing.js";
import type { OutputMeasures, TransferOutputs } from "../tensors/outputs.js";
import type { TransferPlan } from "../plan/plan-transfer.js";
import type { TableRelation } from "./relation.js";
import { shares, type ClassShares, type Coverage, type PlannedRow } from "../rows/row-plan.js";

/** transfer_report.json: what was transferred, how well it is covered, and what was checked. No times: equal input, equal file. */
export interface TransferReport {
  readonly formatVersion: number;
  readonly toolVersion: string;
  readonly adapter: AdapterFacts;
  readonly target: TargetFacts;
  readonly options: OptionFacts;
  /** Rows of the source by class; "missing" ones are dropped. */
  readonly counts: Readonly<Record<string, number>>;
  readonly coverage: Coverage;
  /** How the rows came about; `settings` are those that were used. */
  readonly align: { readonly method: string; readonly reason: string; readonly settings: TransferOutputs["settings"] };
  /** Shares of the squared norm of the head's rows that fall on exact, approximated and dropped rows. Absent without a head. */
  readonly headMass?: ClassShares;
  /** How vectors filled the missing rows. Absent for strategies that use no vectors, and when no row was missing. */
  readonly fill?: FillFacts;
  /** Rows that are made of several target tokens or of one near token, heaviest first. */
  readonly approximated: readonly TokenMass[];
  /** Rows left out, heaviest first. */
  readonly dropped: readonly TokenMass[];
  /** How many target ids are used by one row, by two rows, ... */
  readonly rowsPerTargetId: Readonly<Record<string, number>>;
  readonly norms: { readonly targetRows?: Summary; readonly head?: Summary };
  /** Absent without the source's vocabulary matrix. */
  readonly relation?: TableRelation;
  readonly checks: readonly string[];
  readonly warnings: readonly string[];
  readonly bytes: { readonly read: number; readonly written: number };
  /** The official flags; returned only, not part of the file, because they hold paths of one machine. */
  readonly officialFlags?: string;
}

export interface AdapterFacts {
  readonly name: string;
  readonly kind: string;
  readonly rows: number;
  readonly visionHiddenSize: number;
  /** Absent for a projector of one layer. */
  readonly mlpHiddenSize?: number;
  readonly dtype: string;
  /** Where the tokens of the rows were read. */
  readonly vocabulary: string;
  readonly sha256: string;
}

export interface TargetFacts {
  readonly name: string;
  readonly embeddingTensor: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly dtype: string;
  readonly tokenizerKind: string;
  readonly configSha256: string;
  readonly tokenizerSha256: string;
  readonly rowsSha256: string;
}

export interface OptionFacts {
  readonly missing?: string;
  readonly dtype: string;
  readonly overrides: number;
  readonly mappingLines: number;
}

export interface TokenMass {
  readonly row: number;
  readonly token: string;
  readonly match: string;
  /** Share of the head's squared norm, 0 to 1; absent without a head. */
  readonly mass?: number;
  /** For knn and omp, |row - its mix| over |row| in the source. */
  readonly error?: number;
}

export interface ReportInput {
  readonly plan: TransferPlan;
  readonly outputs: Pick<TransferOutputs, "settings" | "checks" | "warnings">;
  readonly measures: OutputMeasures;
  /** (rows) squared norm of each row of the new matrix; undefined where there is none. */
  readonly matrixSquares: Float64Array | undefined;
  /** What was checked while and after writing, one line each. */
  readonly checks: readonly string[];
  readonly relation: TableRelation | undefined;
  readonly toolVersion: string;
  readonly bytesWritten: number;
}

export function buildReport(input: ReportInput): TransferReport {
  const { plan, outputs, measures, matrixSquares, checks, relation, toolVersion, bytesWritten } = input;
  const { rowPlan, source, target, warnings } = plan;
  const { headSquares } = measures;
  const allRows = [...rowPlan.rows, ...rowPlan.dropped];
  const zeroRows = rowPlan.written.filter((row, i) => matrixSquares?.[i] === 0 && !rowPlan.dropped.includes(row));
  const massesOf = tokenMasses(headSquares);
  return {
    formatVersion: ADAPTER_FORMAT_VERSION,
    toolVersion,
    adapter: {
      name: source.adapter.name,
      kind: source.projector.kind,
      rows: source.rowTokens.tokens.length,
      visionHiddenSize: source.projector.visionHiddenSize,
      ...(source.projector.kind !== "linear" && { mlpHiddenSize: source.projector.mlpHiddenSize }),
      dtype: source.projector.dtype,
      vocabulary: source.rowTokens.from,
      sha256: measures.adapterSha256,
    },
    target: {
      name: target.name,
      embeddingTensor: target.table.tensor.name,
      vocabSize: target.table.vocabSize,
      hiddenSize: target.table.hiddenSize,
      dtype: target.table.tensor.dtype,
      tokenizerKind: target.tokenizer.kind,
      configSha256: target.configSha256,
      tokenizerSha256: target.tokenizerSha256,
      rowsSha256: measures.rowsSha256,
    },
    options: {
      ...(plan.missing !== undefined && { missing: plan.missing }),
      dtype: plan.dtype,
      overrides: plan.overrides.length,
      mappingLines: plan.mapping.length,
    },
    counts: rowPlan.counts,
    coverage: rowPlan.coverage,
    align: { method: plan.method.name, reason: plan.methodReason, settings: outputs.settings },
    ...(headSquares && { headMass: shares(allRows, ({ sourceRow }) => headSquares[sourceRow]!) }),
    ...(plan.fill && { fill: plan.fill }),
    approximated: massesOf(rowPlan.rows.filter(({ ids, error }) => ids.length > 1 || error !== undefined)),
    dropped: massesOf(rowPlan.dropped),
    rowsPerTargetId: rowsPerTargetId(rowPlan.rows),
    norms: {
      ...(matrixSquares && { targetRows: summarize(matrixSquares.map(Math.sqrt)) }),
      ...(headSquares && { head: summarize(headSquares.map(Math.sqrt)) }),
    },
    ...(relation && { relation }),
    checks: [...plan.checks, ...outputs.checks, ...checks],
    warnings: [...warnings, ...(outputs.warnings ?? []), ...zeroRowWarning(zeroRows)],
    bytes: { read: bytesRead(plan), written: bytesWritten },
  };
}

/** Heaviest first, by the head's norms; in row order for an adapter without a head. */
function tokenMasses(headSquares: Float64Array | undefined): (rows: readonly PlannedRow[]) => TokenMass[] {
  if (headSquares === undefined) {
    return (rows) => rows.map(({ sourceRow: row, token, match }) => ({ row, token, match }));
  }
  const total = headSquares.reduce((sum, square) => sum + square, 0) || 1;
  return (rows) =>
    rows
      .map(({ sourceRow: row, token, match, error }) => ({
        ...{ row, token, match, mass: headSquares[row]! / total },
        ...(error !== undefined && { error }),
      }))
      .sort((a, b) => b.mass - a.mass || a.row - b.row);
}

function rowsPerTargetId(rows: readonly PlannedRow[]): Record<string, number> {
  const uses = new Map<number, number>();
  for (const id of rows.flatMap(({ ids }) => ids)) uses.set(id, (uses.get(id) ?? 0) + 1);
  const histogram: Record<string, number> = {};
  for (const count of uses.values()) histogram[count] = (histogram[count] ?? 0) + 1;
  return histogram;
}

/**
 * Warns of target rows that are zero and that the adapter uses. Zero rows are usual for ids that no text reaches, but an
 * adapter says nothing with them.
 */
function zeroRowWarning(rows: readonly PlannedRow[]): readonly string[] {
  if (rows.length === 0) return [];
  const names = rows.map(({ token }) => JSON.stringify(token));
  return [`${rows.length} rows of the target are all zero: ${someOf(names)}`];
}

/** The tensor bytes that a transfer reads, each once: the projector, and what the method needs of the two embedding tables. */
function bytesRead(plan: TransferPlan): number {
  const layers = Object.values(plan.source.projector.layers);
  const projector = layers.reduce((sum, { weight, bias }) => sum + weight.byteLength + bias.byteLength, 0);
  return projector + plan.method.bytesRead(plan);
}
