import type { AlignSettings } from "../align/method.js";
import type { FillFacts } from "../missing/fill-missing.js";
import type { TransferPlan } from "./plan-transfer.js";
import type { Coverage, PlannedRow } from "../rows/row-plan.js";

/** A plan as `--dry-run` shows it: everything that would happen, and nothing that needs the weights. */
export interface PlanSummary {
  readonly adapter: {
    readonly name: string;
    readonly kind: string;
    readonly rows: number;
    readonly vocabulary: string;
  };
  readonly target: { readonly name: string; readonly embeddingTensor: string; readonly hiddenSize: number };
  readonly align: { readonly method: string; readonly reason: string; readonly settings: AlignSettings };
  /** Absent where the whole table is mapped. */
  readonly missing?: string;
  readonly fill?: FillFacts | undefined;
  readonly dtype: string;
  readonly rowsKept: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly coverage: Coverage;
  /** Some rows of each class other than exact, as the target will spell them. */
  readonly examples: readonly RowExample[];
  readonly checks: readonly string[];
  readonly warnings: readonly string[];
}

export interface RowExample {
  readonly match: string;
  readonly token: string;
  /** Spellings in the target; empty for a dropped row. */
  readonly pieces: readonly string[];
}

/** Examples shown of each class. */
const EXAMPLES_PER_CLASS = 3;

export function planSummary(plan: TransferPlan): PlanSummary {
  const { source, target, rowPlan } = plan;
  return {
    adapter: {
      name: source.adapter.name,
      kind: source.projector.kind,
      rows: source.rowTokens.tokens.length,
      vocabulary: source.rowTokens.from,
    },
    target: {
      name: target.name,
      embeddingTensor: target.table.tensor.name,
      hiddenSize: target.table.hiddenSize,
    },
    align: { method: plan.method.name, reason: plan.methodReason, settings: plan.settings },
    ...(plan.missing !== undefined && { missing: plan.missing }),
    ...(plan.fill && { fill: plan.fill }),
    dtype: plan.dtype,
    rowsKept: rowPlan.rows.length,
    counts: rowPlan.counts,
    coverage: rowPlan.coverage,
    examples: examples([...rowPlan.rows, ...rowPlan.dropped], plan),
    checks: plan.checks,
    warnings: plan.warnings,
  };
}

function examples(rows: readonly PlannedRow[], { target }: TransferPlan): RowExample[] {
  const classes = [...new Set(rows.map(({ match }) => match))].filter((match) => match !== "exact");
  return classes.flatMap((match) =>
    rows
      .filter((row) => row.match === match)
      .slice(0, EXAMPLES_PER_CLASS)
      .map(({ token, ids }) => ({ match, token, pieces: ids.map((id) => target.tokenizer.strings[id] ?? `id ${id}`) })),
  );
}
