/** A share from 0 to 1 as percent with one decimal; a share that is not 0 never prints as 0.0. */
export function percent(share: number): string {
  return share > 0 && share < 0.0005 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`;
}

/** An integer with a comma between its thousands, the same on every machine. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** The largest of any count of numbers, 0 or more; `Math.max(...values)` overflows the stack at some 100,000. */
export const largestOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
