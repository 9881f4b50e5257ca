/** The product of a symmetric, positive semi-definite matrix A (size, size) with X (size, columns), both float64. */
export type Product = (x: Float64Array) => Promise<Float64Array>;

export interface ShiftedSystems {
  readonly product: Product;
  /** B, (size, columns). */
  readonly right: Float64Array;
  readonly size: number;
  readonly columns: number;
  /** Positive, ascending. */
  readonly shifts: readonly number[];
}

export interface Solutions {
  /** (shifts) X of each shift, (size, columns). */
  readonly solutions: readonly Float64Array[];
  /** How many products were needed. */
  readonly steps: number;
  /** Whether every column of every system is solved to the tolerance. */
  readonly converged: boolean;
}

/** A column counts as solved when its residual, divided by its right-hand side, is this small. */
const TOLERANCE = 1e-8;

const MAX_STEPS = 1000;

/**
 * Solves (A + shift I) X = B for several shifts at the cost of one: the products that conjugate gradients need for the
 * smallest shift serve all of them, because the residuals of shifted systems are multiples of one another. Columns are solved
 * side by side, each with its own step lengths. Source: Jegerlehner, hep-lat/9612014.
 */
export async function solveShifted(systems: ShiftedSystems): Promise<Solutions> {
  const { product, right, size, columns, shifts } = systems;
  const seed = shifts[0]!;
  const residual = right.slice(); // (size, columns), of the smallest shift's system; that of another shift is `scale` times it
  const direction = right.slice();
  const limits = columnDots(residual, residual, columns).map((square) => square * TOLERANCE ** 2);
  let squares = columnDots(residual, residual, columns); // (columns)
  let [lastAlpha, lastBeta] = [new Float64Array(columns).fill(1), new Float64Array(columns)];
  const states = shifts.map((shift) => startState(shift - seed, right, columns));
  let steps = 0;
  for (; steps < MAX_STEPS && squares.some((square, c) => square > limits[c]!); steps++) {
    const mapped = await product(direction); // (size, columns)
    axpy(mapped, direction, new Float64Array(columns).fill(seed), size);
    const curvature = columnDots(direction, mapped, columns);
    const alpha = squares.map((square, c) => (square > limits[c]! ? square / curvature[c]! : 0));
    for (const state of states) updateSolution(state, { alpha, lastAlpha, lastBeta, size });
    axpy(
      residual,
      mapped,
      alpha.map((value) => -value),
      size,
    );
    const next = columnDots(residual, residual, columns);
    const beta = next.map((square, c) => (alpha[c]! > 0 ? square / squares[c]! : 0));
    for (const state of states) updateDirection(state, { residual, alpha, beta, limits, squares: next, size });
    scaleAdd(direction, beta, residual, size);
    [lastAlpha, lastBeta, squares] = [alpha, beta, next];
  }
  return {
    solutions: states.map(({ solution }) => solution),
    steps,
    converged: squares.every((square, c) => square <= limits[c]!),
  };
}

/** The system of one shift. Column by column, its residual is `scale` times the residual of the smallest shift. */
interface ShiftState {
  /** How much larger than the smallest shift. */
  readonly shift: number;
  readonly solution: Float64Array; // (size, columns)
  readonly direction: Float64Array; // (size, columns)
  readonly scale: Float64Array; // (columns)
  readonly lastScale: Float64Array; // (columns)
  readonly nextScale: Float64Array; // (columns)
  /** (columns) 1 where the column is solved and stands still. */
  readonly solved: Uint8Array;
}

function startState(shift: number, right: Float64Array, columns: number): ShiftState {
  const ones = (): Float64Array => new Float64Array(columns).fill(1);
  return {
    ...{ shift, solution: new Float64Array(right.length), direction: right.slice() },
    ...{ scale: ones(), lastScale: ones(), nextScale: ones(), solved: new Uint8Array(columns) },
  };
}

interface SolutionStep {
  readonly alpha: Float64Array;
  readonly lastAlpha: Float64Array;
  readonly lastBeta: Float64Array;
  readonly size: number;
}

/**
 * Moves the solution of one shift along its direction. Its residual is a multiple of the first shift's, so its step length
 * follows from that one's without a product of its own.
 */
function updateSolution(state: ShiftState, { alpha, lastAlpha, lastBeta, size }: SolutionStep): void {
  const { shift, scale, lastScale, nextScale, solved } = state;
  const lengths = alpha.map((value, c) => {
    if (solved[c] === 1 || value === 0) return 0;
    const [now, last] = [scale[c]!, lastScale[c]!];
    const grown = value * lastBeta[c]! * (last - now) + last * lastAlpha[c]! * (1 + shift * value);
    nextScale[c] = (now * last * lastAlpha[c]!) / grown;
    return (value * nextScale[c]) / now;
  });
  axpy(state.solution, state.direction, lengths, size);
}

interface DirectionStep {
  readonly residual: Float64Array;
  readonly alpha: Float64Array;
  readonly beta: Float64Array;
  readonly limits: Float64Array;
  readonly squares: Float64Array;
  readonly size: number;
}

/** Makes the next direction of one shift from the new residual, and marks the columns that are solved. */
function updateDirection(state: ShiftState, { residual, alpha, beta, limits, squares, size }: DirectionStep): void {
  const { direction, scale, lastScale, nextScale, solved } = state;
  const columns = scale.length;
  const oldShare = new Float64Array(columns);
  const residualShare = new Float64Array(columns);
  for (let c = 0; c < columns; c++) {
    if (solved[c] === 1 || alpha[c] === 0) continue;
    oldShare[c] = beta[c]! * (nextScale[c]! / scale[c]!) ** 2;
    residualShare[c] = nextScale[c]!;
    [lastScale[c], scale[c]] = [scale[c]!, nextScale[c]!];
    if (scale[c]! ** 2 * squares[c]! <= limits[c]!) solved[c] = 1;
  }
  for (let i = 0; i < size * columns;) {
    for (let c = 0; c < columns; c++, i++) {
      if (residualShare[c] !== 0) direction[i] = oldShare[c]! * direction[i]! + residualShare[c]! * residual[i]!;
    }
  }
}

/** (columns) inner product of each column of `a` with that of `b`. */
function columnDots(a: Float64Array, b: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < a.length;) {
    for (let c = 0; c < columns; c++, i++) sums[c]! += a[i]! * b[i]!;
  }
  return sums;
}

/** y += factors * x, a factor a column. */
function axpy(y: Float64Array, x: Float64Array, factors: Float64Array, size: number): void {
  for (let row = 0, i = 0; row < size; row++) {
    for (let c = 0; c < factors.length; c++, i++) y[i]! += factors[c]! * x[i]!;
  }
}

/** y = factors * y + x, a factor a column. */
function scaleAdd(y: Float64Array, factors: Float64Array, x: Float64Array, size: number): void {
  for (let row = 0, i = 0; row < size; row++) {
    for (let c = 0; c < factors.length; c++, i++) y[i] = factors[c]! * y[i]! + x[i]!;
  }
}
