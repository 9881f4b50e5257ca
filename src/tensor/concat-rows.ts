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
