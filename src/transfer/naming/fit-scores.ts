import type { ProjectorLayers } from "../../adapter/projector-layers.js";
import { InputError, throwIfAborted } from "../../errors.js";
import { buildProjectorGraph } from "../../model/projector/projector-graph.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import { openGraph } from "../../runtime/sessions/graph-function.js";
import { logSumExp } from "./ask.js";
import { fitSoftmax } from "./fit-softmax.js";
import type { SeenPicture } from "./look-at-pictures.js";
import { applyMap, type RidgeMap } from "./ridge-sums.js";
import { buildUnitsGraph, floatTensor, makeUnits, type Units } from "./units.js";
import { WordShares, type PatchShares } from "./word-shares.js";

/** Every fifth picture is left out to choose lambda by. */
const FOLDS = 5;
/** Values of lambda that are tried. */
const LAMBDAS = [1e-3, 1e-2, 1e-1];
/** Units, at least: random ones join those of a small projector. */
const LEAST_UNITS = 512;
/** Patches that a fit needs of either kind. */
const LEAST_PATCHES = 8;
/**
 * What silence must exceed a word by. A patch has about two words, which share what the answer tells, while silence has its share for
 * itself.
 */
const SILENCE_ADVANTAGE = Math.log(2);
/** The score of a word that no answer names: below all others. */
const NEVER = -1e4;

export interface ScoreTask {
  /** Whose first layer's units are used. */
  readonly projector: ProjectorLayers;
  readonly pictures: readonly SeenPicture[];
  /** What the LLM answers where there is nothing but ground: log-probabilities (words). */
  readonly ground: Float32Array;
  /** Answers about some patches of a picture. Asked once for each picture, in order. */
  readonly answers: (picture: SeenPicture) => Promise<PatchScores>;
}

export interface PatchScores {
  /** Numbers of patches, the same number of them in every picture. */
  readonly patches: readonly number[];
  /** Log-probabilities, (patches, words). */
  readonly scores: Float32Array;
}

/** Word scores as a projector of two layers makes them from features. */
export interface FittedScores {
  readonly units: Units;
  /** To (words + 1): the logarithm of each word's share, and silence behind the words. */
  readonly map: RidgeMap;
  readonly lambda: number;
  /** Words that are ever said. */
  readonly named: number;
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

/** Patches with answers. */
interface Answered {
  /** The layer's units, (patches, units), a picture after another. */
  readonly units: Float32Array[];
  readonly features: Float32Array[];
  readonly shares: PatchShares[];
}

/**
 * Fits scores whose softmax predicts the answers, from GELU units of the features; lambda is the one that predicts pictures left out best.
 * What an answer has in common with the one about bare ground counts as silence.
 */
export async function fitScores(task: ScoreTask, context: FitContext): Promise<FittedScores> {
  const { projector, pictures, ground, answers } = task;
  const { client, signal } = context;
  const own = projector.kind === "linear" ? 0 : projector.mlpHiddenSize;
  const all = pictures.map(({ features }) => features);
  const units = await makeUnits(projector, { count: Math.max(own, LEAST_UNITS), features: all });
  const unitsOf = await openGraph(client, buildUnitsGraph(units), { signal });
  const inputs = projector.visionHiddenSize;
  const wordShares = new WordShares(ground);
  const [fitted, left] = [emptyAnswers(), emptyAnswers()];
  const information = new Information();
  for (const [i, picture] of pictures.entries()) {
    throwIfAborted(signal);
    const { patches, scores } = await answers(picture);
    const features = rowsOf(picture.features, patches, inputs);
    const outputs = await unitsOf.run({ features: { data: features, shape: [patches.length, inputs] } });
    const { units: rows, features: seen, shares } = i % FOLDS === FOLDS - 1 ? left : fitted;
    rows.push(outputs["units"]!.data);
    seen.push(features);
    information.add(scores, ground.length);
    for (let at = 0; at < scores.length; at += ground.length) {
      shares.push(wordShares.of(scores.subarray(at, at + ground.length)));
    }
  }
  await unitsOf.close();
  requireEnough(fitted, left);
  const classes = wordShares.classes();
  if (classes.length === 0) {
    throw new InputError(
      "--images: the source LLM calls no patch of the pictures by a word of the list; give other pictures or words (--word-list), or use --align sparse",
    );
  }
  const { lambda, map: trial } = await chooseLambda({ fitted, left, wordShares, classes }, context);
  const agreement = await agreementOf({ units, map: trial }, left, { wordShares, classes, client });
  const both = { units: [...fitted.units, ...left.units], shares: [...fitted.shares, ...left.shares] };
  const small = await fitTo(both, { wordShares, classes, lambda }, context);
  const map = ofAllWords(quieter(small), classes, ground.length);
  const named = classes.length;
  return { units, map, lambda, named, agreement, heldOut: left.shares.length, bits: information.bits(), checks: [] };
}

/** Whether some patch is called a word, by its number; silence stands behind the words. */
export const isSaid = ({ map }: FittedScores, word: number): boolean => map.bias[word] !== NEVER;

const emptyAnswers = (): Answered => ({ units: [], features: [], shares: [] });

interface FitParts {
  readonly wordShares: WordShares;
  readonly classes: readonly number[];
}

async function fitTo(
  { units, shares }: Pick<Answered, "units" | "shares">,
  { wordShares, classes, lambda }: FitParts & { readonly lambda: number },
  context: FitContext,
): Promise<RidgeMap> {
  const task = {
    inputs: joined(units),
    shares: wordShares.table(shares, classes),
    classes: classes.length + 1,
    lambda,
  };
  return fitSoftmax(task, context);
}

/** The lambda whose fit gives pictures left out the least cross entropy, and that fit. */
async function chooseLambda(
  { fitted, left, ...parts }: FitParts & { readonly fitted: Answered; readonly left: Answered },
  context: FitContext,
): Promise<{ lambda: number; map: RidgeMap }> {
  const expected = parts.wordShares.table(left.shares, parts.classes);
  const inputs = joined(left.units);
  let best: { lambda: number; map: RidgeMap; loss: number } | undefined;
  for (const lambda of LAMBDAS) {
    const map = await fitTo(fitted, { ...parts, lambda }, context);
    const loss = crossEntropy(applyMap(map, inputs), expected, parts.classes.length + 1);
    if (best === undefined || loss < best.loss) best = { lambda, map, loss };
  }
  return best!;
}

/** Of scores and the shares that they should predict, both (n, classes). */
function crossEntropy(scores: Float32Array, shares: Float32Array, classes: number): number {
  let loss = 0;
  for (let at = 0; at < scores.length; at += classes) {
    const all = logSumExp(scores.subarray(at, at + classes));
    for (let c = at; c < at + classes; c++) loss -= shares[c]! * (scores[c]! - all);
  }
  return loss;
}

/** The same map with silence, its last target, held back. */
function quieter({ weight, bias }: RidgeMap): RidgeMap {
  const last = bias.length - 1;
  return { weight, bias: bias.map((value, i) => (i === last ? value - SILENCE_ADVANTAGE : value)) };
}

/** A map to classes and silence as one to all words and silence. */
function ofAllWords({ weight, bias }: RidgeMap, classes: readonly number[], words: number): RidgeMap {
  const width = weight.length / bias.length;
  const all = { weight: new Float32Array((words + 1) * width), bias: new Float32Array(words + 1).fill(NEVER) };
  for (const [c, word] of [...classes, words].entries()) {
    all.weight.set(weight.subarray(c * width, (c + 1) * width), word * width);
    all.bias[word] = bias[c]!;
  }
  return all;
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

function requireEnough(fittedTo: Answered, leftOut: Answered): void {
  const [fitted, left] = [fittedTo.shares.length, leftOut.shares.length];
  if (fitted >= LEAST_PATCHES && left >= LEAST_PATCHES) return;
  throw new InputError(
    `--images: ${fitted} patches to fit to and ${left} to choose by are too few, expected at least ${LEAST_PATCHES} of each; give some hundred pictures`,
  );
}

/** The share of patches whose best word, or silence, is also what the two layers score highest. */
async function agreementOf(
  { units, map }: Pick<FittedScores, "units" | "map">,
  { features, shares }: Answered,
  { wordShares, classes, client }: FitParts & Pick<FitContext, "client">,
): Promise<number> {
  const run = await openGraph(client, buildProjectorGraph(layersOf({ units, map }), { compute: "float32" }));
  const inputs = units.weight.length / units.bias.length;
  const data = joined(features);
  const outputs = await run.run({ features: { data, shape: [data.length / inputs, inputs] } });
  await run.close();
  const expected = bestOf(wordShares.table(shares, classes), map.bias.length);
  const found = bestOf(outputs["embeddings"]!.data, map.bias.length);
  return found.filter((word, i) => word === expected[i]).length / expected.length;
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
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
