type Numbers = ArrayLike<number | bigint>;

/**
 * max |a - b| / max |b| of the expected numbers b, the largest of all and the differences where `isCounted`; Infinity for another
 * count of numbers and for what is no finite number.
 */
export function relativeDifference(
  actual: Numbers,
  expected: Numbers,
  isCounted: (index: number) => boolean = () => true,
): number {
  if (actual.length !== expected.length) return Infinity;
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(actual[i]), Number(expected[i])];
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
    largest = Math.max(largest, Math.abs(b));
    if (isCounted(i)) difference = Math.max(difference, Math.abs(a - b));
  }
  return difference === 0 ? 0 : difference / largest;
}
