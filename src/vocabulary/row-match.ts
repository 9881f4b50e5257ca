/**
 * How the row of a source token is made of the target's rows.
 * - exact: one token of the same bytes.
 * - byte: the same single byte, which the target has as a fallback token only.
 * - special: the special token of the same role.
 * - subword: the pieces that the target splits the token's bytes into, in equal parts.
 * - override, mapping: what the user said.
 * - knn, omp: a mix of tokens that both have, whose vectors in the source rebuild the row's.
 * - aligned: the source's own row, taken through a map of the whole table; no list of ids.
 * - missing: nothing; the row is dropped.
 */
export type MatchClass =
  "exact" | "byte" | "special" | "subword" | "override" | "mapping" | "knn" | "omp" | "aligned" | "missing";

/** A row as a weighted list of target ids: row = sum of weights[i] * table[ids[i]]; both empty for an aligned or a missing one. */
export interface RowMatch {
  readonly match: MatchClass;
  readonly ids: readonly number[];
  /** As long as `ids`. They sum to 1, except for mappings, whose weights are the user's, and omp, whose weights are a fit. */
  readonly weights: readonly number[];
  /** For knn and omp, |row - its mix| over |row| in the source; 0 when the mix is the row. */
  readonly error?: number;
}
