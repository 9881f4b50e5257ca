import { describe, expect, test } from "@jest/globals";
import { solveShifted } from "../../../../src/transfer/align/linear/conjugate-gradients.js";

const SIZE = 6;
/** Symmetric, positive definite, and far from a multiple of the identity. */
const A = Array.from({ length: SIZE }, (_, i) =>
  Array.from({ length: SIZE }, (_, j) => (i === j ? 4 ** i : 0) + 1 / (1 + i + j)),
);

function multiply(x: Float64Array): Float64Array {
  const columns = x.length / SIZE;
  return Float64Array.from(x, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return A[row]!.reduce((sum, value, k) => sum + value * x[k * columns + column]!, 0);
  });
}

describe("solveShifted", () => {
  test("solves every column of every shift", async () => {
    const right = Float64Array.from({ length: SIZE * 3 }, (_, i) => ((i * 7) % 11) - 5);
    const shifts = [1e-3, 0.1, 1, 100];
    const product = (x: Float64Array) => Promise.resolve(multiply(x));
    const { solutions, converged } = await solveShifted({ product, right, size: SIZE, columns: 3, shifts });
    expect(converged).toBe(true);
    solutions.forEach((solution, s) => {
      const back = multiply(solution).map((value, i) => value + shifts[s]! * solution[i]!);
      back.forEach((value, i) => expect(value).toBeCloseTo(right[i]!, 6));
    });
  });

  test("leaves a column of zeros alone", async () => {
    const right = new Float64Array(SIZE);
    const product = (x: Float64Array) => Promise.resolve(multiply(x));
    const { solutions, steps } = await solveShifted({ product, right, size: SIZE, columns: 1, shifts: [1, 2] });
    expect({ steps, solutions }).toEqual({ steps: 0, solutions: [right, right] });
  });

  test("says when it did not get there", async () => {
    const right = new Float64Array(SIZE).fill(1);
    const wrong = (x: Float64Array) => Promise.resolve(x.map((value, i) => value * (1 + (i % 3)) + x[(i + 1) % SIZE]!));
    const { converged, steps } = await solveShifted({ product: wrong, right, size: SIZE, columns: 1, shifts: [1] });
    expect({ converged, steps }).toEqual({ converged: false, steps: 1000 });
  });
});
