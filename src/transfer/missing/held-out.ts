import type { FloatMatrix } from "../../files/read-rows.js";
import { readRows } from "../../files/read-rows.js";
import type { Anchors } from "./anchors.js";
import type { GramMaker, VectorSet } from "./gram.js";
import type { Mixture } from "./mixtures.js";
import type { NeighbourhoodFinder } from "./neighbourhoods.js";
import type { Gram, Mix } from "./omp.js";

/** How well shared tokens were predicted when they were treated as missing. */
export interface HeldOut {
  /** Tokens predicted. */
  readonly tokens: number;
  /** For each setting, |prediction - row|^2 over |row|^2, both summed over the tokens: 1 is no better than a row of zeros. */
  readonly errors: readonly { readonly setting: number; readonly error: number }[];
  /** The setting with the least error. */
  readonly chosen: number;
}

export interface HeldOutOptions {
  readonly mixture: Mixture;
  readonly anchors: Anchors;
  readonly finder: NeighbourhoodFinder;
  readonly target: FloatMatrix;
  readonly targetGrams: GramMaker;
}

/** How many shared tokens are predicted: enough for two digits of the error. */
const SAMPLE_SIZE = 256;

/** Predicts the target rows of an even sample of the shared tokens from the others, and picks the setting that does it best. */
export async function chooseSetting(options: HeldOutOptions): Promise<HeldOut> {
  const { mixture, anchors, finder, target, targetGrams } = options;
  const { rows, targetIds } = anchors;
  const step = Math.ceil(rows.length / SAMPLE_SIZE);
  const sample = rows.map((_, anchor) => anchor).filter((anchor) => anchor % step === 0);
  const anchorOfRow = new Map(sample.map((anchor) => [rows[anchor]!, anchor]));
  const sameToken = (row: number, other: number): boolean => targetIds[anchorOfRow.get(row)!] === targetIds[other];
  const mixes: (readonly TargetMix[])[] = []; // (sample, settings)
  for await (const { gram, anchors: near } of finder.around(
    anchors.tensor,
    sample.map((anchor) => rows[anchor]!),
    sameToken,
  )) {
    mixes.push(mixture.mix(gram, mixture.settings).map((mix) => inTarget(mix, near, anchors)));
  }
  const sums = mixture.settings.map(() => 0);
  let squares = 0;
  const ids = sample.map((anchor) => targetIds[anchor]!);
  const sets = await targetSets(target, ids, mixes);
  let i = 0;
  for await (const { gram } of targetGrams.measure(sets)) {
    const places = new Map(sets[i]!.rows.map((id, place) => [id, place + 1]));
    squares += gram.values[0]!;
    mixes[i]!.forEach((mix, setting) => (sums[setting]! += squaredError(gram, mix, places)));
    i += 1;
  }
  const errors = mixture.settings.map((setting, s) => ({ setting, error: squares > 0 ? sums[s]! / squares : 1 }));
  const { setting: chosen } = errors.reduce((best, next) => (next.error < best.error ? next : best));
  return { tokens: sample.length, errors, chosen };
}

/** A mix over ids of the target. */
export interface TargetMix {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Digits of a weight: far more than a table in bfloat16 has, and few enough that the order in which a machine sums does not
 * show.
 */
const WEIGHT_DIGITS = 6;

/** The mix over the target's ids, each named once; empty for no mix. */
export function inTarget(mix: Mix | undefined, near: readonly number[], { targetIds }: Anchors): TargetMix {
  const sums = new Map<number, number>();
  mix?.of.forEach((neighbour, i) => {
    const id = targetIds[near[neighbour - 1]!]!;
    sums.set(id, (sums.get(id) ?? 0) + mix.weights[i]!);
  });
  const rounded = [...sums].map(([id, weight]) => ({ id, weight: Number(weight.toPrecision(WEIGHT_DIGITS)) }));
  const kept = rounded.filter(({ weight }) => weight !== 0);
  return { ids: kept.map(({ id }) => id), weights: kept.map(({ weight }) => weight) };
}

/** Reads each held-out row of the target, and every row that a prediction of it uses. */
async function targetSets(
  target: FloatMatrix,
  ids: readonly number[],
  mixes: readonly (readonly TargetMix[])[],
): Promise<VectorSet[]> {
  const columns = target.shape[1]!;
  const own = await readRows(target, ids);
  return ids.map((_, i) => ({
    vector: own.subarray(i * columns, (i + 1) * columns),
    rows: [...new Set(mixes[i]!.flatMap((mix) => mix.ids))],
  }));
}

/** |sum of weights times rows - vector|^2. */
function squaredError(
  { size, values }: Gram,
  { ids, weights }: TargetMix,
  places: ReadonlyMap<number, number>,
): number {
  const all = [0, ...ids.map((id) => places.get(id)!)];
  const signed = [-1, ...weights];
  let sum = 0;
  all.forEach((row, i) => all.forEach((column, j) => (sum += signed[i]! * signed[j]! * values[row * size + column]!)));
  return Math.max(0, sum);
}
