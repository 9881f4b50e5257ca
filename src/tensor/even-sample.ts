/** At most `count` of `values`, at even distances from the first on. */
export function evenSample<T>(values: readonly T[], count: number): T[] {
  const step = Math.max(1, values.length / count);
  return Array.from({ length: Math.min(count, values.length) }, (_, i) => values[Math.floor(i * step)]!);
}
