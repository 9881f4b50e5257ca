import type { Value } from "../../onnx/graph.js";
import type { GraphBuilder } from "../../onnx/graph-builder.js";
import { add, concat, matMul, mul, transpose } from "../../onnx/operators.js";
import { div, identity, isAbove, relu, scalar, slice, sub } from "../../onnx/vector-operators.js";

/** Added to the diagonal, so that two equal rows share a weight instead of dividing by zero. */
const RIDGE = 1e-6;
/** A weight or a gradient of this size is zero in float32. */
const ZERO = 1e-6;
/** Exchanges until the rows with a weight are settled; of systems as small as these, few need a third. */
const ROUNDS = 4;

/**
 * w >= 0 that minimises |x - rows^T w|^2 + RIDGE |w|^2 over the rows that are `usable`, by block principal pivoting: solve for
 * the rows in use, drop those that came out negative, take in those whose gradient asks for it, a fixed number of times.
 * Source: Kim and Park, "Fast nonnegative matrix factorization: an active-set-like method", 2011.
 *
 * @param rows (patches, n, d), each 1 long
 * @param x (patches, d, 1)
 * @param usable (patches, n, 1), 1 or 0
 * @returns (patches, n, 1)
 */
export function nonNegativeSolve(g: GraphBuilder, rows: Value, x: Value, usable: Value): Value {
  const n = rows.shape[1] as number;
  const gram = matMul(g, rows, transpose(g, rows, [0, 2, 1])); // (patches, n, n)
  const products = matMul(g, rows, x); // (patches, n, 1)
  let inUse = usable;
  for (let round = 1; ; round++) {
    const weights = solve(g, maskedSystem(g, gram, products, inUse), n);
    if (round === ROUNDS) return relu(g, weights);
    // Of a row in use its weight, of another one its gradient; both ask for the row when they are positive.
    const gradient = sub(g, products, matMul(g, gram, weights));
    const others = mul(g, sub(g, usable, inUse), gradient);
    inUse = isAbove(g, add(g, weights, others), scalar(g, ZERO));
  }
}

/** [A b] (patches, n, n + 1) whose solution is that of the rows in use, and 0 for the others. */
function maskedSystem(g: GraphBuilder, gram: Value, products: Value, inUse: Value): Value {
  const n = gram.shape[1] as number;
  const both = mul(g, inUse, transpose(g, inUse, [0, 2, 1])); // (patches, n, n)
  const diagonal = mul(g, identity(g, n), sub(g, scalar(g, 1 + RIDGE), inUse));
  return concat(g, [add(g, mul(g, gram, both), diagonal), mul(g, products, inUse)], 2);
}

/** Gauss-Jordan elimination, column by column; the systems are positive definite, so pivots stay where they are. */
function solve(g: GraphBuilder, system: Value, n: number): Value {
  let rest = system; // (patches, n, n + 1 - i): columns that are done are left behind
  for (let i = 0; i < n; i++) {
    const row = slice(g, rest, { axis: 1, start: i, end: i + 1 });
    const column = slice(g, rest, { axis: 2, start: 0, end: 1 });
    const width = rest.shape[2] as number;
    const pivoted = div(
      g,
      slice(g, row, { axis: 2, start: 1, end: width }),
      slice(g, row, { axis: 2, start: 0, end: 1 }),
    );
    const others = slice(g, rest, { axis: 2, start: 1, end: width });
    rest = sub(g, others, mul(g, sub(g, column, unitColumn(g, n, i)), pivoted));
  }
  return rest; // (patches, n, 1)
}

/** (1, n, 1): 1 at i. Taking it from the pivot's column leaves the pivot's row divided by its pivot. */
function unitColumn(g: GraphBuilder, n: number, i: number): Value {
  return slice(g, identity(g, n), { axis: 2, start: i, end: i + 1 });
}
