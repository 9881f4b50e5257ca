import type { MatchClass, RowMatch } from "../vocabulary/row-match.js";

/** Shares of the first tokens, from 0 to 1; `ofOccurrences` weights them by how often they occur. */
export interface CoveragePoint {
  /** How many tokens, from the most frequent on. */
  readonly first: number;
  readonly whole: number;
  readonly subword: number;
  readonly missing: number;
  readonly ofOccurrences?: { readonly whole: number; readonly subword: number; readonly missing: number };
}

const STEPS: readonly number[] = [1_000, 5_000, 10_000, 20_000];

/**
 * Coverage of the first 1,000, 5,000, 10,000, 20,000 and of all tokens. Tokens are ordered by falling count where counts are
 * known. Otherwise the given order stays, since ids and adapter rows both run from frequent to rare.
 *
 * @param whole classes whose row is the very token
 */
export function coverageCurve(
  rows: readonly RowMatch[],
  whole: ReadonlySet<MatchClass>,
  counts: readonly number[] | undefined,
): CoveragePoint[] {
  const order = Array.from(rows.keys());
  if (counts) order.sort((a, b) => counts[b]! - counts[a]! || a - b);
  const plain = { whole: 0, subword: 0, missing: 0 };
  const weighted = { whole: 0, subword: 0, missing: 0 };
  const points: CoveragePoint[] = [];
  const steps = new Set([...STEPS.filter((step) => step < rows.length), rows.length]);
  order.forEach((index, place) => {
    const { match } = rows[index]!;
    const key = whole.has(match) ? "whole" : match === "missing" ? "missing" : "subword";
    plain[key]++;
    weighted[key] += counts?.[index] ?? 0;
    if (!steps.has(place + 1)) return;
    points.push({ first: place + 1, ...shares(plain), ...(counts && { ofOccurrences: shares(weighted) }) });
  });
  return points;
}

function shares(sums: { whole: number; subword: number; missing: number }): typeof sums {
  const total = sums.whole + sums.subword + sums.missing || 1;
  return { whole: sums.whole / total, subword: sums.subword / total, missing: sums.missing / total };
}
