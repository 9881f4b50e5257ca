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

/** Whether no value is NaN or infinite. */
export function allFinite(values: Float32Array): boolean {
  // 0 for a number, NaN for anything else: no branch in a loop over a whole vocabulary.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}

/** The rows of matrices of one width, one matrix after another; each is (rows, width), row-major. */
export function concatRows(...matrices: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(matrices.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const matrix of matrices) {
    joined.set(matrix, at);
    at += matrix.length;
  }
  return joined;
}
