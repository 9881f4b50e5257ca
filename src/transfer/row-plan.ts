import type { MatchClass, RowMatch } from "../vocabulary/row-match.js";

/** One row of the new adapter: which row of the old one it continues, and which target ids it is made of. */
export interface PlannedRow extends RowMatch {
  /** Row of the source adapter, from 0. */
  readonly sourceRow: number;
  /** The token that the row stands for, spelled as the source's vocabulary file spells it. */
  readonly token: string;
}

/** What a transfer will do with every row, before anything is read from the weights or written. */
export interface RowPlan {
  /** Rows kept, in the order of the source. */
  readonly rows: readonly PlannedRow[];
  /** Rows that the target has nothing for; they leave the head, its bias and M together. */
  readonly dropped: readonly PlannedRow[];
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
  /** A mix of several ids, or what the user chose. */
  readonly approximated: number;
  readonly dropped: number;
}

/** Classes whose row is the very token in the target; everything else that is kept is an approximation. */
const EXACT_CLASSES: ReadonlySet<MatchClass> = new Set(["exact", "byte", "special"]);

/**
 * Splits matched rows into kept and dropped ones and counts them.
 *
 * @param tokens spelling of each source row, in row order
 * @param matches as long as `tokens`
 * @param counts how often each token occurs, as long as `tokens`, where known
 */
export function planRows(tokens: readonly string[], matches: readonly RowMatch[], counts?: readonly number[]): RowPlan {
  const all = matches.map((match, sourceRow): PlannedRow => ({ sourceRow, token: tokens[sourceRow]!, ...match }));
  const classCounts: Record<string, number> = {};
  for (const { match } of all) classCounts[match] = (classCounts[match] ?? 0) + 1;
  return {
    rows: all.filter(({ ids }) => ids.length > 0),
    dropped: all.filter(({ ids }) => ids.length === 0),
    counts: classCounts,
    coverage: {
      rows: shares(all, () => 1),
      ...(counts && { occurrences: shares(all, ({ sourceRow }) => counts[sourceRow]!) }),
    },
  };
}

/** The share of `weight` that falls on exact, approximated and dropped rows. */
export function shares(rows: readonly PlannedRow[], weight: (row: PlannedRow) => number): ClassShares {
  let [exact, approximated, dropped] = [0, 0, 0];
  for (const row of rows) {
    if (row.ids.length === 0) dropped += weight(row);
    else if (EXACT_CLASSES.has(row.match)) exact += weight(row);
    else approximated += weight(row);
  }
  const total = exact + approximated + dropped || 1;
  return { exact: exact / total, approximated: approximated / total, dropped: dropped / total };
}
