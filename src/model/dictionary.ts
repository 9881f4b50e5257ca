import type { Value } from "../onnx/graph.js";
import type { GraphBuilder } from "../onnx/graph-builder.js";
import { add, cast, mul, reshape } from "../onnx/operators.js";
import { div, isAbove, max, reduceL2, scalar, slice } from "../onnx/vector-operators.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";

/** Two tables of the same tokens, row by row; a token that the target lacks is a row of zeros in the second and never chosen. */
export interface DecodingTables {
  /** (rows, source hidden size). */
  readonly decodeMatrix: CheckpointTensor;
  /** (rows, target hidden size). */
  readonly vocabMatrix: CheckpointTensor;
}

/** The tables inside a graph. All of it is constant, so onnxruntime works it out once, while the session loads. */
export interface Dictionary {
  readonly words: number;
  /** float32 (words, source hidden size). */
  readonly source: Value;
  /** float32 (words, target hidden size). */
  readonly target: Value;
  /** float32 (1, words): 1 over the length of each source row, which makes products with unit vectors cosines. */
  readonly scale: Value;
  /** float32 (1, words): 0, or far below every cosine for a row that may not be chosen. */
  readonly penalty: Value;
}

/** Beyond every cosine over a temperature, and far from the end of float32. */
const NEVER = 1e6;
/** The length of a row that holds nothing, above what is divided by. */
const NOTHING = 1e-12;

/** Adds the first `words` rows of the two tables to a graph, all when undefined. */
export function addDictionary(
  g: GraphBuilder,
  { decodeMatrix, vocabMatrix }: DecodingTables,
  wanted: number | undefined,
): Dictionary {
  const rows = decodeMatrix.shape[0]!;
  const words = Math.min(wanted ?? rows, rows);
  const table = (tensor: CheckpointTensor): Value => {
    const whole = cast(g, g.weight(tensor), "float32");
    return words === rows ? whole : slice(g, whole, { axis: 0, start: 0, end: words });
  };
  const asRow = (column: Value): Value => reshape(g, column, [1, words], [1, words]);
  const nothing = scalar(g, NOTHING);
  const [source, target] = [table(decodeMatrix), table(vocabMatrix)];
  const lengths = max(g, asRow(reduceL2(g, source)), nothing); // (1, words)
  const scale = div(g, scalar(g, 1), lengths);
  const usable = mul(g, isAbove(g, lengths, nothing), isAbove(g, asRow(reduceL2(g, target)), nothing));
  const penalty = mul(g, add(g, usable, scalar(g, -1)), scalar(g, NEVER));
  return { words, source, target, scale, penalty };
}

/** x (patches, n) with every row made 1 long; a row of zeros stays. */
export function unitRows(g: GraphBuilder, x: Value): Value {
  return div(g, x, max(g, reduceL2(g, x), scalar(g, NOTHING)));
}
