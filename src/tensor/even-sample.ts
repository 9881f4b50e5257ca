/**
 * At most `most` of the numbers from 0 to `count` - 1, at even distances, with 0 the first; all of them when there are no
 * more.
 */
export function evenIndices(count: number, most: number): number[] {
  const taken = Math.min(count, most);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}

/** At most `most` of `values`, at even distances, with the first one. */
export const evenSample = <T>(values: readonly T[], most: number): T[] =>
  evenIndices(values.length, most).map((index) => values[index]!);
