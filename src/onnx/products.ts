import { GraphBuilder } from "./graph-builder.js";
import type { Graph, Value } from "./graph.js";
import { add, gemm, matMul, mul, transpose, transposedMatMul } from "./operators.js";

/* Graphs of matrix products that belong to no model: inputs and outputs are float32, ids too (they stay below 2^24),
 * but for the product that says float64. */

/** x over the Euclidean norm of its rows; rows of zeros must not come in. */
function normaliseRows(g: GraphBuilder, x: Value): Value {
  const axes = g.int64([-1]);
  const norms = g.node("ReduceL2", [x, axes], [{ type: x.type, shape: [...x.shape.slice(0, -1), 1] }])[0]!;
  return g.node("Div", [x, norms], [x])[0]!;
}

export interface NeighbourGraphOptions {
  readonly columns: number;
  /** Neighbours kept of each query. */
  readonly count: number;
  /** Opposite vectors are near too. */
  readonly eitherSign: boolean;
}

/**
 * One step of a search for the `count` rows of a table with the largest cosine to each query.
 * `queries` (q, columns), `rows` (n, columns) of the table with `rowIds` (1, n); `scores` and `ids` (q, count), the best
 * so far, come back as `bestScores` and `bestIds`, the best first. Of equal scores the earlier one is kept.
 */
export function buildNeighbourGraph({ columns, count, eitherSign }: NeighbourGraphOptions): Graph {
  const g = new GraphBuilder();
  const queries = g.input("queries", "float32", ["q", columns]);
  const rows = g.input("rows", "float32", ["n", columns]);
  const rowIds = g.input("rowIds", "float32", [1, "n"]);
  const scores = g.input("scores", "float32", ["q", count]);
  const ids = g.input("ids", "float32", ["q", count]);
  const cosines = gemm(g, normaliseRows(g, queries), normaliseRows(g, rows)); // (q, n)
  const found = eitherSign ? g.node("Abs", [cosines], [cosines])[0]! : cosines;
  const sizes = g.node("Shape", [found], [{ type: "int64", shape: [2] }])[0]!;
  const foundIds = g.node("Expand", [rowIds, sizes], [found])[0]!;
  const both = { type: "float32", shape: ["q", "count + n"] } as const;
  const along = { attributes: { axis: { int: 1 } } };
  const allScores = g.node("Concat", [scores, found], [both], along)[0]!;
  const allIds = g.node("Concat", [ids, foundIds], [both], along)[0]!;
  const [best, places] = g.node("TopK", [allScores, g.int64([count])], [scores, { ...scores, type: "int64" }]);
  g.output(best!, "bestScores");
  g.output(g.node("GatherElements", [allIds, places], [ids], along)[0]!, "bestIds");
  return g.finish();
}

/** The inner products of each set of vectors: `vectors` (sets, n, columns) to `gram` (sets, n, n). */
export function buildGramGraph(columns: number): Graph {
  const g = new GraphBuilder();
  const vectors = g.input("vectors", "float32", ["sets", "n", columns]);
  g.output(matMul(g, vectors, transpose(g, vectors, [0, 2, 1])), "gram");
  return g.finish();
}

/** Products of the columns of x (n, a) and y (n, b): `cross` = x^T y and, where it is asked for, `gram` = x^T x. */
export function buildCrossProductGraph(a: number, b: number, gram: boolean): Graph {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["n", a]);
  const y = g.input("y", "float32", ["n", b]);
  g.output(transposedMatMul(g, x, y), "cross");
  if (gram) g.output(transposedMatMul(g, x, x), "gram");
  return g.finish();
}

/** A matrix (rows, columns) that stays in the session, times `x` (columns, n): `product` (rows, n), all in the matrix's type. */
export function buildFixedProductGraph(
  matrix: Float32Array | Float64Array,
  [rows, columns]: readonly [number, number],
): Graph {
  const g = new GraphBuilder();
  const type = matrix instanceof Float64Array ? "float64" : "float32";
  const bytes = new Uint8Array(matrix.buffer, matrix.byteOffset, matrix.byteLength);
  const fixed = g.constant("matrix", type, [rows, columns], bytes);
  g.output(matMul(g, fixed, g.input("x", type, [columns, "n"])), "product");
  return g.finish();
}

/** Rows times a matrix (columns, results) that stays in the session: `rows` (n, columns) to `mapped` (n, results). */
export function buildRowMapGraph(matrix: Float32Array, [columns, results]: readonly [number, number]): Graph {
  const g = new GraphBuilder();
  const bytes = new Uint8Array(matrix.buffer, matrix.byteOffset, matrix.byteLength);
  const fixed = g.constant("matrix", "float32", [columns, results], bytes);
  g.output(matMul(g, g.input("rows", "float32", ["n", columns]), fixed), "mapped");
  return g.finish();
}

/** A step of Newton and Schulz: `next` = 1.5 q - 0.5 q q^T q of `q` (rows, columns). */
export function buildPolarStepGraph([rows, columns]: readonly [number, number]): Graph {
  const g = new GraphBuilder();
  const number = (value: number): Value =>
    g.constant("number", "float32", [1], new Uint8Array(Float32Array.of(value).buffer));
  const q = g.input("q", "float32", [rows, columns]);
  // The smaller of the two Gram matrices costs less.
  const cubed = rows >= columns ? matMul(g, q, transposedMatMul(g, q, q)) : matMul(g, gemm(g, q, q), q);
  g.output(add(g, mul(g, q, number(1.5)), mul(g, cubed, number(-0.5))), "next");
  return g.finish();
}
