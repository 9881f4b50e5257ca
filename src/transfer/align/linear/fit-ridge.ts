import { evenIndices } from "../../../tensor/even-sample.js";
import { solveShifted } from "./conjugate-gradients.js";
import { crossProducts, type CrossProducts } from "./cross-products.js";
import { dot, withProduct } from "./fixed-product.js";
import { judgeFit, type FitOptions, type FitRun, type FittedMap } from "./linear-map.js";
import { FOLDS, foldOf, meansOf, zeroMeans, type Means, type SharedPairs } from "./shared-pairs.js";

export interface RidgeOptions extends FitOptions {
  /** In units of the mean of the Gram matrix's diagonal. When left out, the value that predicts held-out tokens best. */
  readonly lambda?: number | undefined;
}

/** Values of lambda that are tried, half a decade apart, in units of the mean of the Gram matrix's diagonal. */
const LAMBDAS = [-3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2].map((exponent) => 10 ** exponent);

/**
 * How many columns of the target lambda is chosen by: each column is a fit of its own, and these are plenty to tell lambdas
 * apart.
 */
const JUDGED_COLUMNS = 128;

/** How many held-out tokens are enough to tell lambdas apart; a fold that was begun is finished. */
const JUDGED_TOKENS = 10_000;

/** Columns solved side by side, which bounds the memory. */
const SOLVED_COLUMNS = 1024;

/**
 * R = argmin |X R - Y|^2 + lambda |R|^2 over the rows X of the source and Y of the target. Lambda is the value with the least
 * error on held-out tokens: each fifth of the tokens is predicted from the rest, or fewer fifths where there are plenty of
 * tokens.
 */
export async function fitRidge(pairs: SharedPairs, options: RidgeOptions): Promise<FittedMap> {
  const { centre, ...run } = options;
  const means = centre ? await meansOf(pairs, run) : zeroMeans(pairs);
  const whole = await crossProducts(pairs, { ...run, gram: true, means });
  const unit = whole.sourceSquares / pairs.source.shape[1]!;
  const judged = options.lambda === undefined ? await judgeLambdas(pairs, { ...run, means }, whole) : undefined;
  const lambda = options.lambda ?? judged!.best.lambda;
  const { matrix, converged } = await solve(pairs, whole, lambda * unit, options);
  const fit = `ridge map fitted to ${pairs.sourceRows.length} shared tokens with lambda ${Number(lambda.toPrecision(3))}`;
  const { checks, warnings } =
    judged === undefined ? { checks: [fit], warnings: [] } : judgeFit(fit, judged.best.error, "held-out tokens");
  return {
    map: { matrix, sourceColumns: pairs.source.shape[1]!, targetColumns: pairs.target.shape[1]!, means },
    settings: { lambda: Number(lambda.toPrecision(6)), centre },
    checks,
    warnings: [...warnings, ...(converged ? [] : ["the solver of the ridge map stopped before it was done"])],
  };
}

interface Judged {
  readonly lambda: number;
  /** |prediction - row|^2 over |row|^2 of held-out tokens, both summed over all folds. */
  readonly error: number;
}

interface JudgeOptions extends FitRun {
  readonly means: Means;
}

/** Predicts each fold from the others with every lambda, until `JUDGED_TOKENS` tokens have been predicted. */
export async function judgeLambdas(
  pairs: SharedPairs,
  { client, means, signal, onProgress }: JudgeOptions,
  whole: CrossProducts,
): Promise<{ readonly best: Judged; readonly all: readonly Judged[] }> {
  const [size, targetColumns] = [pairs.source.shape[1]!, pairs.target.shape[1]!];
  const unit = whole.sourceSquares / size;
  const columns = evenIndices(targetColumns, JUDGED_COLUMNS);
  const missed = LAMBDAS.map(() => 0);
  let squares = 0;
  for (let fold = 0, tokens = 0; fold < FOLDS && tokens < JUDGED_TOKENS; fold++) {
    const left = foldOf(pairs, fold);
    tokens += left.sourceRows.length;
    const held = await crossProducts(left, { client, gram: true, means, signal, onProgress });
    const heldCross = takeColumns(held.cross, targetColumns, columns);
    const cross = takeColumns(whole.cross, targetColumns, columns).map((value, i) => value - heldCross[i]!);
    const gram = whole.gram!.map((value, i) => value - held.gram![i]!);
    const systems = { right: cross, size, columns: columns.length, shifts: LAMBDAS.map((lambda) => lambda * unit) };
    const { solutions } = await withProduct(gram, { client, signal }, (product) =>
      solveShifted({ product, ...systems }),
    );
    await withProduct(held.gram!, { client, signal }, async (product) => {
      for (const [i, solution] of solutions.entries()) {
        missed[i]! += dot(solution, await product(solution)) - 2 * dot(solution, heldCross);
      }
    });
    squares += columns.reduce((sum, column) => sum + held.targetSquares[column]!, 0);
  }
  const all = LAMBDAS.map((lambda, i) => ({ lambda, error: squares > 0 ? (missed[i]! + squares) / squares : 1 }));
  return { best: all.reduce((best, next) => (next.error < best.error ? next : best)), all };
}

async function solve(
  pairs: SharedPairs,
  { gram, cross }: CrossProducts,
  shift: number,
  { client, signal, onProgress }: FitRun,
): Promise<{ matrix: Float32Array; converged: boolean }> {
  const [size, targetColumns] = [pairs.source.shape[1]!, pairs.target.shape[1]!];
  const matrix = new Float32Array(size * targetColumns); // (size, target columns)
  return withProduct(gram!, { client, signal }, async (product) => {
    let allConverged = true;
    for (let first = 0; first < targetColumns; first += SOLVED_COLUMNS) {
      const block = Array.from({ length: Math.min(SOLVED_COLUMNS, targetColumns - first) }, (_, i) => first + i);
      const right = takeColumns(cross, targetColumns, block);
      const { solutions, converged } = await solveShifted({
        ...{ product, right, size, columns: block.length, shifts: [shift] },
      });
      putColumns(matrix, targetColumns, block, solutions[0]!);
      allConverged &&= converged;
      onProgress?.({ stage: "solving", done: first + block.length, total: targetColumns, unit: "columns" });
    }
    return { matrix, converged: allConverged };
  });
}

function takeColumns(matrix: Float64Array, width: number, columns: readonly number[]): Float64Array {
  const taken = new Float64Array((matrix.length / width) * columns.length);
  for (let row = 0, i = 0; row * width < matrix.length; row++) {
    for (const column of columns) taken[i++] = matrix[row * width + column]!;
  }
  return taken;
}

function putColumns(matrix: Float32Array, width: number, columns: readonly number[], values: Float64Array): void {
  for (let row = 0, i = 0; row * width < matrix.length; row++) {
    for (const column of columns) matrix[row * width + column] = values[i++]!;
  }
}
