/** The share of patches that are taken for ground. */
const GROUND_SHARE = 0.05;

/**
 * The vector of a patch that shows nothing: the mean over those whose whitened vectors are shortest, which are most like all others.
 *
 * @param pieces vectors of pictures, each (patches, width)
 * @param directions the same, whitened
 * @returns (width)
 */
export function groundVector(
  pieces: readonly Float32Array[],
  directions: readonly Float32Array[],
  width: number,
): Float32Array {
  const patches = directions.flatMap((rows, picture) =>
    Array.from({ length: rows.length / width }, (_, patch) => ({
      picture,
      patch,
      length: squaredLength(rows, patch, width),
    })),
  );
  const shortest = patches.sort((a, b) => a.length - b.length).slice(0, Math.ceil(GROUND_SHARE * patches.length));
  const sum = new Float64Array(width);
  for (const { picture, patch } of shortest) {
    for (let i = 0; i < width; i++) sum[i]! += pieces[picture]![patch * width + i]!;
  }
  return Float32Array.from(sum, (value) => value / shortest.length);
}

function squaredLength(rows: Float32Array, row: number, width: number): number {
  let sum = 0;
  for (let i = row * width; i < (row + 1) * width; i++) sum += rows[i]! ** 2;
  return sum;
}

/** A vector (width) `count` times, (count, width). */
export function repeated(vector: Float32Array, count: number): Float32Array {
  const rows = new Float32Array(count * vector.length);
  for (let i = 0; i < count; i++) rows.set(vector, i * vector.length);
  return rows;
}
