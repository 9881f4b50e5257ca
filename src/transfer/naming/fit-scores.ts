import type { ProjectorLayers } from "../../adapter/projector-layers.js";
import { InputError, throwIfAborted } from "../../errors.js";
import { buildProjectorGraph } from "../../model/projector/projector-graph.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import { openGraph } from "../../runtime/sessions/graph-function.js";
import { logSumExp } from "./ask.js";
import type { SeenPicture } from "./look-at-pictures.js";
import { chooseLambda, meanTarget, RidgeSums, solveRidge, type RidgeMap } from "./ridge-sums.js";
import { buildUnitsGraph, floatTensor, makeUnits, type Units } from "./units.js";

/** Every fifth picture is left out to choose lambda by. */
const FOLDS = 5;
/** Targets that lambda is judged by, at most. */
const JUDGED = 256;
/**
 * The share of the mean answer that is taken off the scores. A fit to few answers leans towards their mean, whose best words (little, few)
 * would be said everywhere. Fitted to 600 answers of SmolLM2, the first word was true for 21, 39, 44, 34 and 0 % of patches of drawn
 * shapes at shares of 0, 1/4, 1/2, 3/4 and 1.
 */
const MEAN_SHARE = 0.5;
/** Units, at least: random ones join those of a small projector. */
const LEAST_UNITS = 512;
/** Patches that a fit needs of either kind. */
const LEAST_PATCHES = 8;

export interface ScoreTask {
  /** Whose first layer's units are used. */
  readonly projector: ProjectorLayers;
  readonly pictures: readonly SeenPicture[];
  /** Scores of the words for some patches of a picture. Asked once for each picture, in order. */
  readonly answers: (picture: SeenPicture) => Promise<PatchScores>;
}

export interface PatchScores {
  /** Numbers of patches, the same number of them in every picture. */
  readonly patches: readonly number[];
  /** (patches, words). */
  readonly scores: Float32Array;
}

/** Word scores as a projector of two layers makes them from features. */
export interface FittedScores {
  readonly units: Units;
  readonly map: RidgeMap;
  readonly lambda: number;
  /** Of the patches of pictures left out: the share whose best word the fit, made without them, has as its best too. */
  readonly agreement: number;
  /** How many patches those are. */
  readonly heldOut: number;
  /**
   * How much the answers tell of the patch, in bits: the mutual information of patch and word. Near 0 the LLM answers the same whatever
   * it is shown.
   */
  readonly bits: number;
  /** What was done and found, one line each. */
  readonly checks: readonly string[];
}

interface FitContext {
  readonly client: WorkerClient;
  readonly signal?: AbortSignal | undefined;
}

interface HeldOut {
  /** (patches, features). */
  readonly features: Float32Array;
  /** (patches, words). */
  readonly answers: Float32Array;
}

/** Fits scores by ridge from GELU units of the features; lambda is the one that predicts pictures left out best. */
export async function fitScores(task: ScoreTask, { client, signal }: FitContext): Promise<FittedScores> {
  const { projector, pictures, answers } = task;
  const own = projector.kind === "linear" ? 0 : projector.mlpHiddenSize;
  const all = pictures.map(({ features }) => features);
  const units = await makeUnits(projector, { count: Math.max(own, LEAST_UNITS), features: all });
  const unitsOf = await openGraph(client, buildUnitsGraph(units), { signal });
  const inputs = projector.visionHiddenSize;
  let sums: { readonly fitted: RidgeSums; readonly left: RidgeSums } | undefined;
  const heldOut: HeldOut[] = [];
  const firsts = new Map<number, number>(); // word -> patches whose best it is
  const information = new Information();
  for (const [i, picture] of pictures.entries()) {
    throwIfAborted(signal);
    const { patches, scores: y } = await answers(picture);
    const words = y.length / patches.length;
    const open = (): Promise<RidgeSums> =>
      RidgeSums.open(client, { inputs: units.bias.length, targets: words, signal });
    sums ??= { fitted: await open(), left: await open() };
    const features = rowsOf(picture.features, patches, inputs);
    const outputs = await unitsOf.run({ features: { data: features, shape: [patches.length, inputs] } });
    const isLeft = i % FOLDS === FOLDS - 1;
    await (isLeft ? sums.left : sums.fitted).add(outputs["units"]!.data, y);
    information.add(y, words);
    const best = bestOf(y, words);
    if (isLeft) heldOut.push({ features, answers: y });
    else for (const word of best) firsts.set(word, (firsts.get(word) ?? 0) + 1);
  }
  const { fitted, left } = requireEnough(sums);
  const judged = [...firsts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, JUDGED);
  const columns = judged.map(([word]) => word);
  const lambda = await chooseLambda({ fitted, left, columns }, { signal });
  const trial = await solveRidge(fitted, { lambda, signal });
  fitted.merge(left);
  const off = meanTarget(fitted).map((mean) => MEAN_SHARE * mean); // (words)
  const agreement = await agreementOf({ units, map: lowered(trial, off) }, { heldOut, off }, client);
  const map = lowered(await solveRidge(fitted, { lambda, signal }), off);
  for (const one of [fitted, left, unitsOf]) await one.close();
  return { units, map, lambda, agreement, heldOut: left.rows, bits: information.bits(), checks: [] };
}

/** Mutual information of patches and words, from log-probabilities: the entropy of the mean answer less the mean entropy. */
export class Information {
  #mean: Float64Array | undefined;
  #entropies = 0;
  #patches = 0;

  /** Adds log-probabilities y (patches, words), which are made to sum to 1 over the words of a patch. */
  add(y: Float32Array, words: number): void {
    const mean = (this.#mean ??= new Float64Array(words));
    for (let at = 0; at < y.length; at += words) {
      const row = y.subarray(at, at + words);
      const all = logSumExp(row);
      for (let word = 0; word < words; word++) {
        const log = row[word]! - all;
        mean[word]! += Math.exp(log);
        this.#entropies -= Math.exp(log) * log;
      }
      this.#patches += 1;
    }
  }

  bits(): number {
    const mean = this.#mean ?? new Float64Array(0);
    let entropy = 0;
    for (const sum of mean) if (sum > 0) entropy -= (sum / this.#patches) * Math.log(sum / this.#patches);
    return (entropy - this.#entropies / this.#patches) / Math.LN2;
  }
}

function requireEnough(sums: { readonly fitted: RidgeSums; readonly left: RidgeSums } | undefined) {
  const [fitted, left] = [sums?.fitted.rows ?? 0, sums?.left.rows ?? 0];
  if (sums !== undefined && fitted >= LEAST_PATCHES && left >= LEAST_PATCHES) return sums;
  throw new InputError(
    `--images: ${fitted} patches to fit to and ${left} to choose by are too few, expected at least ${LEAST_PATCHES} of each; give some hundred pictures`,
  );
}

/** A map whose targets are lower by `off`, (targets). */
const lowered = ({ weight, bias }: RidgeMap, off: Float64Array): RidgeMap => ({
  weight,
  bias: bias.map((value, i) => value - off[i]!),
});

/** The share of patches whose best word is also the one that the two layers score highest. */
async function agreementOf(
  { units, map }: Pick<FittedScores, "units" | "map">,
  { heldOut, off }: { readonly heldOut: readonly HeldOut[]; readonly off: Float64Array },
  client: WorkerClient,
): Promise<number> {
  const run = await openGraph(client, buildProjectorGraph(layersOf({ units, map }), { compute: "float32" }));
  const [inputs, words] = [units.weight.length / units.bias.length, map.bias.length];
  let [same, total] = [0, 0];
  for (const { features, answers } of heldOut) {
    const best = bestOf(
      answers.map((score, i) => score - off[i % words]!),
      words,
    );
    const outputs = await run.run({ features: { data: features, shape: [best.length, inputs] } });
    bestOf(outputs["embeddings"]!.data, words).forEach((word, i) => (same += Number(word === best[i])));
    total += best.length;
  }
  await run.close();
  return same / total;
}

/** The two layers as a projector of a graph. */
function layersOf({ units, map }: Pick<FittedScores, "units" | "map">) {
  const [count, inputs, words] = [units.bias.length, units.weight.length / units.bias.length, map.bias.length];
  const layer = (number: number, { weight, bias }: Units | RidgeMap, shape: readonly [number, number]) => ({
    weight: floatTensor(`mm_projector.${number}.weight`, weight, shape),
    bias: floatTensor(`mm_projector.${number}.bias`, bias, [shape[0]]),
  });
  const layers = [layer(0, units, [count, inputs]), layer(2, map, [words, count])] as const;
  return { kind: "mlp2x_gelu" as const, layers };
}

/** (n) of y (n, words): where the largest value of each row stands, the first of equal ones. */
export function bestOf(y: Float32Array, words: number): number[] {
  return Array.from({ length: y.length / words }, (_, row) => {
    let best = 0;
    for (let word = 1; word < words; word++) if (y[row * words + word]! > y[row * words + best]!) best = word;
    return best;
  });
}

/** Rows (numbers, width) of values (n, width). */
export function rowsOf(values: Float32Array, numbers: readonly number[], width: number): Float32Array {
  const rows = new Float32Array(numbers.length * width);
  numbers.forEach((number, i) => rows.set(values.subarray(number * width, (number + 1) * width), i * width));
  return rows;
}
