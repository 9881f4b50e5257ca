import type { Value } from "../../onnx/graph.js";
import type { GraphBuilder } from "../../onnx/graph-builder.js";
import { add, concat, gemm, matMul, mul, reshape, transpose } from "../../onnx/operators.js";
import {
  argMax,
  counting,
  div,
  gatherTableRows,
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

/** A row that fits no better than this does not fit: once nothing does, the residual scores about 1e-6 in float32. */
const LEAST_COSINE = 1e-4;
const NOTHING = 1e-12;

export interface PursuitSettings {
  /** Sparsity: the tokens of a vector, at most. */
  readonly k: number;
  /** A further token is selected only if it fits the residual better than this share of how well the first one fitted; 0 to 1. */
  readonly threshold?: number | undefined;
}

/** The tokens that vectors were decoded into. */
export interface DecodedTokens {
  /** float32 (patches, k): rows of the tables, whole rowNumbers, in the order of selection. */
  readonly tokens: Value;
  /** float32 (patches, k): what each token weighs, 1 in a patch together; 0 for one that the others made needless. */
  readonly weights: Value;
  /** float32 (patches, k): length of the residual of a vector of length 1 after each token. */
  readonly residuals: Value;
}

/**
 * Non-negative orthogonal matching pursuit, unrolled: k times, it selects the source row that fits the residual best and finds
 * the coefficients of all selected rows by non-negative least squares. The coefficients of the stored rows, made to sum to 1, mix the target's rows: token rows, not vectors as long as the source's, are what an LLM reads.
 *
 * Selected rows need no mask: least squares leaves their scores at zero, below `LEAST_COSINE`.
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
  const { source, target, scale, weight, penalty, rows } = dictionary;
  const fitOf = mul(g, scale, weight); // (1, rows)
  const rowNumbers = counting(g, rows);
  const unit = unitRows(g, vectors); // (patches, d)
  let residual = unit;
  let selected: Selected = { units: [], usable: [], lengths: [], indices: [], targets: [] };
  let coefficients: Value | undefined; // (patches, j + 1, 1), of rows made 1 long
  const residuals: Value[] = []; // (patches, 1) each
  let least = scalar(g, LEAST_COSINE); // later (patches, 1)
  for (let j = 0; j < k; j++) {
    const scores = add(g, mul(g, gemm(g, residual, source), fitOf), penalty); // (patches, rows)
    const cosine = reduceMax(g, scores);
    selected = selectBest(g, selected, { scores, source, target, rowNumbers, usable: isAbove(g, cosine, least) });
    if (j === 0 && threshold > 0) least = max(g, mul(g, cosine, scalar(g, threshold)), least);
    const units = stack(g, selected.units); // (patches, j + 1, d)
    coefficients = nonNegativeSolve(g, units, asColumn(g, unit), stack(g, selected.usable));
    residual = sub(g, unit, flatten(g, matMul(g, transpose(g, coefficients, [0, 2, 1]), units)));
    residuals.push(reduceL2(g, residual));
  }
  const ofStoredRows = div(g, coefficients!, stack(g, selected.lengths)); // (patches, k, 1), of the rows as stored
  const coefficientsByPatch = reshape(g, ofStoredRows, [0, k], [vectors.shape[0]!, k]);
  const shares = div(g, coefficientsByPatch, max(g, reduceSum(g, coefficientsByPatch), scalar(g, NOTHING)));
  const row = reshape(g, shares, [0, 1, k], [vectors.shape[0]!, 1, k]);
  return {
    embeddings: flatten(g, matMul(g, row, stack(g, selected.targets))),
    tokens: joined(g, selected.indices),
    weights: shares,
    residuals: joined(g, residuals),
  };
}

/** One entry for each step. */
interface Selected {
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

interface Selection {
  readonly scores: Value;
  readonly source: Value;
  readonly target: Value;
  /** float32 (rows, 1): 0, 1, 2, ... */
  readonly rowNumbers: Value;
  /** float32 (patches, 1): 1, or 0 where even the best row does not fit. */
  readonly usable: Value;
}

function selectBest(
  g: GraphBuilder,
  selected: Selected,
  { scores, source, target, rowNumbers, usable }: Selection,
): Selected {
  const index = argMax(g, scores);
  const row = gatherTableRows(g, source, index);
  return {
    units: [...selected.units, unitRows(g, row)],
    usable: [...selected.usable, usable],
    lengths: [...selected.lengths, max(g, reduceL2(g, row), scalar(g, NOTHING))],
    // No cast: WebGPU has none for the int64 of ArgMax.
    indices: [...selected.indices, gatherTableRows(g, rowNumbers, index)],
    targets: [...selected.targets, gatherTableRows(g, target, index)],
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
