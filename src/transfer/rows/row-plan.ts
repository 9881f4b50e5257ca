import type { MatchClass, RowMatch } from "../../vocabulary/row-match.js";

/** One row of the new adapter: which row of the old one it continues, and which target ids it is made of. */
export interface PlannedRow extends RowMatch {
  /** Row of the source adapter, from 0. */
  readonly sourceRow: number;
  /** The token that the row stands for, spelled as the source's vocabulary file spells it. */
  readonly token: string;
}

/** What a transfer will do with every row, before anything is read from the weights or written. */
export interface RowPlan {
  /** Rows that have a weighted list, in the order of the source. */
  readonly rows: readonly PlannedRow[];
  /** Rows with an empty list. They leave the head, its bias and M together, unless M keeps them as zeros. */
  readonly dropped: readonly PlannedRow[];
  /** Rows of the new adapter, in the order of the source: `rows`, or all where dropped ones stay as zeros. */
  readonly written: readonly PlannedRow[];
  /** Rows whose token is one token of the same bytes in the target; over these rows the two tables can be compared. */
  readonly shared: readonly PlannedRow[];
  /** Rows of the source by class, dropped ones as "missing". */
  readonly counts: Readonly<Record<string, number>>;
  readonly coverage: Coverage;
}

/** Shares from 0 to 1. */
export interface Coverage {
  readonly rows: ClassShares;
  /** Weighted by how often each token occurs in the source's captions; absent when no counts are known. */
  readonly occurrences?: ClassShares;
}

export interface ClassShares {
  /** One target id with the same meaning. */
  readonly exact: number;
  /** A mix of several ids, what the user chose, or a row that was mapped. */
  readonly approximated: number;
  readonly dropped: number;
}

/** Classes whose row is the same token in the target; every other row that is kept is an approximation. */
const EXACT_CLASSES: ReadonlySet<MatchClass> = new Set(["exact", "byte", "special"]);

/** What an align method makes of the rows of an adapter. */
export interface RowTreatment {
  /**
   * Whether every row of M is a weighted list of target rows, so that --missing, --override and --mapping apply. Otherwise
   * each row is made of the source's row.
   */
  readonly listsTargetRows: boolean;
  /**
   * Whether a row without a list stays as zeros in M, because the source's row beside it has a part in decoding. Otherwise it
   * leaves the adapter.
   */
  readonly keepsUnlistedRows: boolean;
}

export interface RowPlanOptions {
  /** How often each token occurs, as long as the tokens, where known. */
  readonly counts?: readonly number[] | undefined;
  readonly treatment: RowTreatment;
}

/**
 * Splits matched rows into kept and dropped ones and counts them.
 *
 * @param tokens spelling of each source row, in row order
 * @param matches as long as `tokens`; of mapped rows only the shared ones are used
 */
export function planRows(
  tokens: readonly string[],
  matches: readonly RowMatch[],
  { counts, treatment }: RowPlanOptions,
): RowPlan {
  const matched = matches.map((match, sourceRow): PlannedRow => ({ sourceRow, token: tokens[sourceRow]!, ...match }));
  const all = treatment.listsTargetRows ? matched : matched.map((row): PlannedRow => ({ ...row, ...ALIGNED }));
  const classCounts: Record<string, number> = {};
  for (const { match } of all) classCounts[match] = (classCounts[match] ?? 0) + 1;
  const rows = all.filter((row) => !isDropped(row));
  return {
    rows,
    dropped: all.filter(isDropped),
    written: treatment.keepsUnlistedRows ? all : rows,
    shared: matched.filter(({ match }) => match === "exact"),
    counts: classCounts,
    coverage: {
      rows: shares(all, () => 1),
      ...(counts && { occurrences: shares(all, ({ sourceRow }) => counts[sourceRow]!) }),
    },
  };
}

const ALIGNED: RowMatch = { match: "aligned", ids: [], weights: [] };

const isDropped = ({ ids, match }: PlannedRow): boolean => ids.length === 0 && match !== "aligned";

/** The source rows of the new adapter, ascending. */
export const keptRowNumbers = ({ written }: RowPlan): readonly number[] => written.map(({ sourceRow }) => sourceRow);

/** The share of `weight` that falls on exact, approximated and dropped rows. */
export function shares(rows: readonly PlannedRow[], weight: (row: PlannedRow) => number): ClassShares {
  let [exact, approximated, dropped] = [0, 0, 0];
  for (const row of rows) {
    if (isDropped(row)) dropped += weight(row);
    else if (EXACT_CLASSES.has(row.match)) exact += weight(row);
    else approximated += weight(row);
  }
  const total = exact + approximated + dropped || 1;
  return { exact: exact / total, approximated: approximated / total, dropped: dropped / total };
}
