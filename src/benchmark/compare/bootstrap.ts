import { seededRandom } from "../../tensor/random.js";

/** Sums of one run: (groups, width), row-major. */
export interface GroupTable {
  readonly groups: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Groups in rows. */
export function groupTable(rows: readonly (readonly number[])[]): GroupTable {
  const width = rows[0]?.length ?? 0;
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, group) => values.set(row, group * width));
  return { groups: rows.length, width, values };
}

/**
 * Paired bootstrap (Efron and Tibshirani 1993, chapter 13): draws the groups with replacement, the same ones for every
 * table, adds up their sums and hands the totals to `visit`, once per sample; the same for the same seed.
 *
 * @param tables with equally many groups
 */
export function pairedBootstrap(
  tables: readonly GroupTable[],
  { samples, seed }: { samples: number; seed: number },
  visit: (totals: readonly Float64Array[], sample: number) => void,
): void {
  const random = seededRandom(seed);
  const groups = tables[0]!.groups;
  const totals = tables.map(({ width }) => new Float64Array(width));
  for (let sample = 0; sample < samples; sample += 1) {
    for (const total of totals) total.fill(0);
    for (let draw = 0; draw < groups; draw += 1) {
      const group = (random() * groups) | 0;
      for (let table = 0; table < tables.length; table += 1) addRow(totals[table]!, tables[table]!, group);
    }
    visit(totals, sample);
  }
}

function addRow(total: Float64Array, { values, width }: GroupTable, group: number): void {
  const start = group * width;
  for (let column = 0; column < width; column += 1) total[column]! += values[start + column]!;
}

/** The middle `confidence` of the values: (low, high), by linear interpolation between order statistics. */
export function percentileInterval(values: Float64Array, confidence: number): [number, number] {
  const sorted = values.slice().sort();
  return [quantile(sorted, (1 - confidence) / 2), quantile(sorted, (1 + confidence) / 2)];
}

/** The `q` quantile of ascending values, as numpy's default; NaN of none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return NaN;
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
