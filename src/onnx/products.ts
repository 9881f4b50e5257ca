import { GraphBuilder } from "./graph-builder.js";
import type { Graph, Value } from "./graph.js";
import { gemm, matMul, transpose } from "./operators.js";

/* Graphs of matrix products that belong to no model: inputs and outputs are float32, ids too (they stay below 2^24). */

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
