/** Spread of a list of numbers; all 0 for an empty one. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly max: number;
}

export function summarize(values: Iterable<number>): Summary {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  if (length === 0) return { min: 0, median: 0, mean: 0, max: 0 };
  const median = (sorted[(length - 1) >> 1]! + sorted[length >> 1]!) / 2;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / length;
  return { min: sorted[0]!, median, mean, max: sorted[length - 1]! };
}
