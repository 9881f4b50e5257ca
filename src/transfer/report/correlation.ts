/** Pearson correlation of two lists of the same length; undefined where one of them does not vary. */
export function correlation(xs: ArrayLike<number>, ys: ArrayLike<number>): number | undefined {
  const count = xs.length;
  const mean = (values: ArrayLike<number>): number => (Array.prototype.reduce.call(values, add, 0) as number) / count;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < count; i++) {
    const [x, y] = [xs[i]! - meanX, ys[i]! - meanY];
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
}

const add = (sum: unknown, value: unknown): number => (sum as number) + (value as number);

/** Cosine of two vectors; 0 when one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let i = 0; i < a.length; i++) {
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
    ab += a[i]! * b[i]!;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
