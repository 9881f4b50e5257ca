import type { Value } from "../../onnx/graph.js";
import type { GraphBuilder } from "../../onnx/graph-builder.js";
import { add, concat, gemm, matMul, mul, reshape, transpose } from "../../onnx/operators.js";
import {
  argMax,
  counting,
  div,
  gatherRows,
  isAbove,
  max,
  reduceL2,
  reduceMax,
  reduceSum,
  scalar,
  sub,
} from "../../onnx/vector-operators.js";
import { unitRows, type Dictionary } from "./dictionary.js";
import { nonNegativeSolve } from "./non-negative-solve.js";

/** A row that fits no better than this does not fit: once nothing does, what is left scores about 1e-6 in float32. */
const LEAST_COSINE = 1e-4;
const NOTHING = 1e-12;

export interface PursuitSettings {
  /** Tokens of a vector, at most. */
  readonly k: number;
  /** A further token joins only if it fits what is left better than this share of how well the first one fitted; 0 to 1. */
  readonly threshold?: number | undefined;
}

/** The tokens that vectors were decoded into. */
export interface DecodedTokens {
  /** float32 (patches, k): rows of the tables, whole numbers, in the order of choice. */
  readonly tokens: Value;
  /** float32 (patches, k): what each token weighs, 1 in a patch together; 0 for one that the others made needless. */
  readonly weights: Value;
  /** float32 (patches, k): length of what is left of a vector of length 1 after each token. */
  readonly residuals: Value;
}

/**
 * Non-negative orthogonal matching pursuit, unrolled: k times the source row that fits best what is left over joins the
 * chosen ones, whose weights are then the non-negative least-squares solution over all of them. The weights of the stored
 * rows, made to sum to 1, mix the target's rows: token rows, not vectors as long as the source's, are what an LLM reads.
 *
 * Chosen rows need no mask: least squares leaves their scores at zero, below `LEAST_COSINE`.
 * Source: Bruckstein, Elad, Zibulevsky, "On the uniqueness of nonnegative sparse solutions", 2008.
 *
 * @param vectors float32 (patches, source hidden size)
 */
export function pursue(
  g: GraphBuilder,
  vectors: Value,
  dictionary: Dictionary,
  { k, threshold = 0 }: PursuitSettings,
): DecodedTokens & { readonly embeddings: Value } {
  const { source, target, scale, weight, penalty, words } = dictionary;
  const fitOf = mul(g, scale, weight); // (1, words)
  const numbers = counting(g, words);
  const wanted = unitRows(g, vectors); // (patches, d)
  let rest = wanted;
  let chosen: Chosen = { units: [], usable: [], lengths: [], indices: [], targets: [] };
  let weights: Value | undefined; // (patches, j, 1), of rows made 1 long
  const residuals: Value[] = []; // (patches, 1) each
  let least = scalar(g, LEAST_COSINE); // later (patches, 1)
  for (let j = 0; j < k; j++) {
    const scores = add(g, mul(g, gemm(g, rest, source), fitOf), penalty); // (patches, words)
    const cosine = reduceMax(g, scores);
    chosen = addBest(g, chosen, { scores, source, target, numbers, usable: isAbove(g, cosine, least) });
    if (j === 0 && threshold > 0) least = max(g, mul(g, cosine, scalar(g, threshold)), least);
    const rows = stack(g, chosen.units); // (patches, j + 1, d)
    weights = nonNegativeSolve(g, rows, asColumn(g, wanted), stack(g, chosen.usable));
    rest = sub(g, wanted, flatten(g, matMul(g, transpose(g, weights, [0, 2, 1]), rows)));
    residuals.push(reduceL2(g, rest));
  }
  const raw = div(g, weights!, stack(g, chosen.lengths)); // (patches, k, 1), of the rows as stored
  const flat = reshape(g, raw, [0, k], [vectors.shape[0]!, k]);
  const shares = div(g, flat, max(g, reduceSum(g, flat), scalar(g, NOTHING)));
  const row = reshape(g, shares, [0, 1, k], [vectors.shape[0]!, 1, k]);
  return {
    embeddings: flatten(g, matMul(g, row, stack(g, chosen.targets))),
    tokens: joined(g, chosen.indices),
    weights: shares,
    residuals: joined(g, residuals),
  };
}

/** One entry for each step. */
interface Chosen {
  /** (patches, d), 1 long. */
  readonly units: readonly Value[];
  /** (patches, 1): 1, or 0 where nothing fitted. */
  readonly usable: readonly Value[];
  /** (patches, 1): length of the row as stored. */
  readonly lengths: readonly Value[];
  /** (patches, 1), as float32. */
  readonly indices: readonly Value[];
  /** (patches, target hidden size). */
  readonly targets: readonly Value[];
}

interface Choice {
  readonly scores: Value;
  readonly source: Value;
  readonly target: Value;
  /** float32 (words, 1): 0, 1, 2, ... */
  readonly numbers: Value;
  /** float32 (patches, 1): 1, or 0 where even the best row does not fit. */
  readonly usable: Value;
}

function addBest(g: GraphBuilder, chosen: Chosen, { scores, source, target, numbers, usable }: Choice): Chosen {
  const index = argMax(g, scores);
  const row = gatherRows(g, source, index);
  return {
    units: [...chosen.units, unitRows(g, row)],
    usable: [...chosen.usable, usable],
    lengths: [...chosen.lengths, max(g, reduceL2(g, row), scalar(g, NOTHING))],
    // No cast: WebGPU has none for the int64 of ArgMax.
    indices: [...chosen.indices, gatherRows(g, numbers, index)],
    targets: [...chosen.targets, gatherRows(g, target, index)],
  };
}

/** Columns (patches, 1) side by side. */
const joined = (g: GraphBuilder, columns: readonly Value[]): Value =>
  columns.length === 1 ? columns[0]! : concat(g, columns, 1);

/** Values (patches, n) one behind another: (patches, values, n). */
function stack(g: GraphBuilder, values: readonly Value[]): Value {
  const parts = values.map((value) => {
    const [patches, n] = value.shape as [string, number];
    return reshape(g, value, [0, 1, n], [patches, 1, n]);
  });
  return parts.length === 1 ? parts[0]! : concat(g, parts, 1);
}

/** (patches, n) as (patches, n, 1). */
function asColumn(g: GraphBuilder, x: Value): Value {
  const [patches, n] = x.shape as [string, number];
  return reshape(g, x, [0, n, 1], [patches, n, 1]);
}

/** (patches, 1, n) as (patches, n). */
function flatten(g: GraphBuilder, x: Value): Value {
  const [patches, , n] = x.shape as [string, number, number];
  return reshape(g, x, [0, n], [patches, n]);
}
