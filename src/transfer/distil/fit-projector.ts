import type { Adapter } from "../../adapter/load.js";
import { InputError, throwIfAborted } from "../../errors.js";
import { readRows } from "../../files/read-rows.js";
import type { Progress } from "../../progress.js";
import { loadModel } from "../../runtime/parts/load-model.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import { withWorker, type WorkerClient } from "../../runtime/sessions/client.js";
import { openGraph } from "../../runtime/sessions/graph-function.js";
import { openExamples, type Examples } from "../naming/seen-examples.js";
import { lookAtPictures, type SeenPicture } from "../naming/look-at-pictures.js";
import { applyMap, chooseLambda, RidgeSums, solveRidge, type RidgeMap } from "../naming/ridge-sums.js";
import { buildUnitsGraph, makeUnits, type Units } from "../naming/units.js";

/** Pictures used where no number is given; with more the fit gains little. */
const MOST_PICTURES = 1000;
/** Every fifth picture is left out, to choose lambda by and to measure on. */
const FOLDS = 5;
/** Patches of either kind that a fit needs. */
const LEAST_PATCHES = 8;
/** Patches whose nearest row is looked up, at most, spread evenly. */
const LOOKED_UP = 512;
/** Rounding: a row is as near as itself. */
const TIE = 1e-5;

/** How near the vectors of a fitted projector come to those that they were fitted to, on patches of pictures left out. */
export interface DistilFigures {
  readonly pictures: number;
  readonly patches: number;
  readonly units: number;
  readonly lambda: number;
  /** Patches of the pictures left out, on which the rest is measured. */
  readonly heldOut: number;
  /** The share of the variance that is met. */
  readonly r2: number;
  /** The mean cosine of fitted and wanted vectors. */
  readonly cosine: number;
  /** Of an adapter that says words: for which share of the patches the said row is still the nearest of all. */
  readonly wordsKept?: number;
}

export interface DistilledProjector {
  readonly layers: { readonly units: Units; readonly map: RidgeMap };
  readonly figures: DistilFigures;
}

export interface FitProjectorOptions {
  /** Units of the hidden layer. */
  readonly units: number;
  /** Pictures used, at most, spread evenly over the folder; 1,000 when left out. */
  readonly pictures?: number | undefined;
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/**
 * Fits an ordinary projector of two layers to the vectors that an adapter makes of pictures: units of its first layer and random ones,
 * and by ridge what they lead to. No label and no LLM is needed, and nothing is trained by steps.
 *
 * @throws InputError for pictures that cannot be read, or too few of them
 */
export async function fitProjector(
  adapter: Adapter,
  examples: Examples,
  options: FitProjectorOptions,
): Promise<DistilledProjector> {
  const { cacheFolder, signal, pictures: most = MOST_PICTURES } = options;
  const seen = await openExamples(examples, adapter);
  const projector = projectorWeights(adapter, 1); // Rows as the target stores them; its scale is recorded beside.
  const model = await loadModel({ ...seen.tower, adapter: projector, cacheFolder, signal });
  let pictures: SeenPicture[];
  try {
    pictures = await lookAtPictures(model, { examples: seen, most, ...options });
  } finally {
    await model.dispose();
  }
  return withWorker((client) => fit(adapter, pictures, { ...options, client }));
}

async function fit(
  adapter: Adapter,
  pictures: readonly SeenPicture[],
  { units: count, client, signal }: FitProjectorOptions & { readonly client: WorkerClient },
): Promise<DistilledProjector> {
  const inputs = adapter.projector.visionHiddenSize;
  const units = await makeUnits(adapter.projector, { count, features: pictures.map(({ features }) => features) });
  const unitsOf = await openGraph(client, buildUnitsGraph(units), { signal });
  const width = (pictures[0]!.vectors.length / pictures[0]!.features.length) * inputs;
  const open = (): Promise<RidgeSums> => RidgeSums.open(client, { inputs: count, targets: width, signal });
  const [fitted, left] = [await open(), await open()];
  const heldOut: { readonly hidden: Float32Array; readonly wanted: Float32Array }[] = [];
  for (const [i, { features, vectors }] of pictures.entries()) {
    throwIfAborted(signal);
    const shape = [features.length / inputs, inputs];
    const { units: hidden } = await unitsOf.run({ features: { data: features, shape } });
    const isLeft = i % FOLDS === FOLDS - 1;
    await (isLeft ? left : fitted).add(hidden!.data, vectors);
    if (isLeft) heldOut.push({ hidden: hidden!.data, wanted: vectors });
  }
  requireEnough(fitted.rows, left.rows, count);
  const lambda = await chooseLambda({ fitted, left }, { signal });
  const trial = await solveRidge(fitted, { lambda, signal });
  const measured = await measure(adapter, trial, heldOut, width, signal);
  const figures = {
    pictures: pictures.length,
    patches: fitted.rows + left.rows,
    units: count,
    lambda,
    heldOut: left.rows,
  };
  fitted.merge(left);
  const map = await solveRidge(fitted, { lambda, signal });
  return { layers: { units, map }, figures: { ...figures, ...measured } };
}

function requireEnough(fitted: number, left: number, units: number): void {
  if (fitted >= LEAST_PATCHES && left >= LEAST_PATCHES) return;
  throw new InputError(
    `--images: ${fitted} patches to fit to and ${left} to measure on are too few, expected at least ${LEAST_PATCHES} of each; ${units} units want some ${4 * units} patches`,
  );
}

type Measured = Pick<DistilFigures, "r2" | "cosine" | "wordsKept">;

async function measure(
  { wordChoice }: Adapter,
  map: RidgeMap,
  pieces: readonly { readonly hidden: Float32Array; readonly wanted: Float32Array }[],
  width: number,
  signal: AbortSignal | undefined,
): Promise<Measured> {
  const rows = wordChoice && (await directions(wordChoice.matrix.tensor, width, signal));
  const every = Math.ceil(pieces.reduce((sum, { wanted }) => sum + wanted.length / width, 0) / LOOKED_UP);
  const mean = meanRow(
    pieces.map(({ wanted }) => wanted),
    width,
  );
  let [missed, spread, cosines, kept, lookedUp, patches] = [0, 0, 0, 0, 0, 0];
  for (const { hidden, wanted } of pieces) {
    throwIfAborted(signal);
    const made = applyMap(map, hidden);
    for (let at = 0; at < wanted.length; at += width) {
      const [a, b] = [made.subarray(at, at + width), wanted.subarray(at, at + width)];
      for (let i = 0; i < width; i++) {
        missed += (a[i]! - b[i]!) ** 2;
        spread += (b[i]! - mean[i]!) ** 2;
      }
      cosines += dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1);
      if (rows && patches % every === 0) {
        kept += Number(isNearest(a, b, rows));
        lookedUp += 1;
      }
      patches += 1;
    }
  }
  return {
    r2: 1 - missed / (spread || 1),
    cosine: cosines / patches,
    ...(rows && { wordsKept: kept / lookedUp }),
  };
}

/** All rows of a matrix (words, width), each made 1 long. */
async function directions(
  matrix: Parameters<typeof readRows>[0],
  width: number,
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const numbers = Array.from({ length: matrix.shape[0]! }, (_, i) => i);
  const all = await readRows(matrix, numbers, { signal });
  return numbers.map((i) => {
    const row = all.subarray(i * width, (i + 1) * width);
    const length = Math.sqrt(dot(row, row)) || 1;
    return row.map((value) => value / length);
  });
}

/** Whether no row has a larger cosine with what was made than the row `wanted`. */
function isNearest(made: Float32Array, wanted: Float32Array, rows: readonly Float32Array[]): boolean {
  const own = dot(made, wanted) / (Math.sqrt(dot(wanted, wanted)) || 1);
  return rows.every((row) => dot(made, row) <= own + TIE * Math.abs(own));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function meanRow(pieces: readonly Float32Array[], width: number): Float64Array {
  const sums = new Float64Array(width);
  let rows = 0;
  for (const piece of pieces) {
    piece.forEach((value, i) => (sums[i % width]! += value));
    rows += piece.length / width;
  }
  return sums.map((sum) => sum / rows);
}
