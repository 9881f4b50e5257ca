/** A change of low rank, of which the rows from `first` on are wanted. */
export interface RowsOfProduct {
  /** (all rows, rank) */
  readonly left: Float32Array;
  /** (rank, columns) */
  readonly right: Float32Array;
  readonly rank: number;
  readonly columns: number;
  readonly scale: number;
  readonly first: number;
  readonly count: number;
}

/** (count, columns): scale * left[first + i, :] * right; sums are float32. */
export function scaledProduct({ left, right, rank, columns, scale, first, count }: RowsOfProduct): Float32Array {
  const product = new Float32Array(count * columns);
  for (let row = 0; row < count; row++) {
    const sums = product.subarray(row * columns, (row + 1) * columns);
    const at = (first + row) * rank;
    let k = 0;
    // Four at a time, so that the sums are read and written a quarter as often.
    for (; k + 4 <= rank; k += 4) {
      const [a, b, c, d] = [left[at + k]!, left[at + k + 1]!, left[at + k + 2]!, left[at + k + 3]!];
      const [p, q, r, s] = [k * columns, (k + 1) * columns, (k + 2) * columns, (k + 3) * columns];
      for (let j = 0; j < columns; j++) {
        sums[j]! += a * right[p + j]! + b * right[q + j]! + c * right[r + j]! + d * right[s + j]!;
      }
    }
    for (; k < rank; k++) {
      const [a, p] = [left[at + k]!, k * columns];
      for (let j = 0; j < columns; j++) sums[j]! += a * right[p + j]!;
    }
    for (let j = 0; j < columns; j++) sums[j]! *= scale;
  }
  return product;
}
