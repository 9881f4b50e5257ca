import type { Value } from "../../onnx/graph.js";
import type { GraphBuilder } from "../../onnx/graph-builder.js";
import { add, cast, mul, reshape } from "../../onnx/operators.js";
import { div, isAbove, max, reduceL2, scalar } from "../../onnx/vector-operators.js";
import { firstRows } from "../../tensor/first-rows.js";
import type { CheckpointTensor, MaterialisedTensor } from "../../tensor/tensor-info.js";

/** Two tables of the same tokens, row by row; a token that the target lacks is a row of zeros in the second and never chosen. */
export interface DecodingTables {
  /** (rows, source hidden size). */
  readonly decodeMatrix: CheckpointTensor;
  /** (rows, target hidden size). */
  readonly vocabMatrix: CheckpointTensor;
}

/** The tables inside a graph. All of it is constant, so onnxruntime works it out once, while the session loads. */
export interface Dictionary {
  readonly rows: number;
  /** float32 (rows, source hidden size). */
  readonly source: Value;
  /** float32 (rows, target hidden size). */
  readonly target: Value;
  /** float32 (1, rows): 1 over the length of each source row, which makes products with unit vectors cosines. */
  readonly scale: Value;
  /** float32 (1, rows): what the fit of a row counts, 1 for the first rows and less for those that come later. */
  readonly weight: Value;
  /** float32 (1, rows): 0, or far below every cosine for a row that may not be chosen. */
  readonly penalty: Value;
}

/** Beyond every cosine over a temperature, and far from the end of float32. */
const NEVER = 1e6;
/** The length of a row that holds nothing, above what is divided by. */
const NOTHING = 1e-12;

/** How steeply rows count for less around the last common one; 2 and 6 did about as well. */
const STEEPNESS = 4;
/** Rows kept beyond the common ones, as a multiple of these: the next would count less than 1/17. */
const REACH = 2;

/**
 * What row `rank` of a ranked table counts when the first `common` ones count in full: 1 / (1 + (rank / common)^4). A hard limit
 * would cut off a word that comes just behind it, and none lets rare rows stand in for common ones.
 */
const rankWeight = (rank: number, common: number): number => 1 / (1 + (rank / common) ** STEEPNESS);

/** The rows that can be chosen at all when the first `common` ones count in full. */
export function reachableRows(
  { decodeMatrix, vocabMatrix }: DecodingTables,
  common: number | undefined,
): DecodingTables {
  const rows = common === undefined ? Infinity : REACH * common;
  return { decodeMatrix: firstRows(decodeMatrix, rows), vocabMatrix: firstRows(vocabMatrix, rows) };
}

/** Adds two tables to a graph, ranked so that about the first `common` rows count; all alike when undefined. */
export function addDictionary(g: GraphBuilder, tables: DecodingTables, common: number | undefined): Dictionary {
  const { decodeMatrix, vocabMatrix } = reachableRows(tables, common);
  const rows = decodeMatrix.shape[0]!;
  const table = (tensor: CheckpointTensor): Value => cast(g, g.weight(tensor), "float32");
  const asRow = (column: Value): Value => reshape(g, column, [1, rows], [1, rows]);
  const nothing = scalar(g, NOTHING);
  const [source, target] = [table(decodeMatrix), table(vocabMatrix)];
  const lengths = max(g, asRow(reduceL2(g, source)), nothing); // (1, rows)
  const scale = div(g, scalar(g, 1), lengths);
  const usable = mul(g, isAbove(g, lengths, nothing), isAbove(g, asRow(reduceL2(g, target)), nothing));
  const penalty = mul(g, add(g, usable, scalar(g, -1)), scalar(g, NEVER));
  const weights = Float32Array.from({ length: rows }, (_, rank) =>
    common === undefined ? 1 : rankWeight(rank, common),
  );
  const weight = g.constant("rank_weight", "float32", [1, rows], new Uint8Array(weights.buffer));
  return { rows, source, target, scale, weight, penalty };
}

/** A table one wide, (rows, 1) of 1 or 0, that stands for a target's rows where only which of them may be chosen counts. */
export function usableRows(usable: readonly boolean[]): MaterialisedTensor {
  const bytes = new Uint8Array(Float32Array.from(usable, (is) => (is ? 1 : 0)).buffer);
  const shape = [usable.length, 1];
  return { name: "usable rows", file: "memory", dtype: "F32", shape, byteLength: bytes.length, bytes };
}

/** x (patches, n) with every row made 1 long; a row of zeros stays. */
export function unitRows(g: GraphBuilder, x: Value): Value {
  return div(g, x, max(g, reduceL2(g, x), scalar(g, NOTHING)));
}
