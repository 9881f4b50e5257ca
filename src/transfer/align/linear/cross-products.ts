import { buildCrossProductGraph } from "../../../onnx/products.js";
import { openGraph } from "../../../runtime/sessions/graph-function.js";
import type { WorkerClient } from "../../../runtime/sessions/client.js";
import { readPairs, type ReadPairsOptions, type SharedPairs } from "./shared-pairs.js";

/** Sums over pairs of rows, in float64; the products of each chunk are float32. */
export interface CrossProducts {
  /** X^T X, (source columns, source columns); absent where it was not asked for. */
  readonly gram?: Float64Array;
  /** X^T Y, (source columns, target columns). */
  readonly cross: Float64Array;
  /** |X|^2, and (target columns) the squared norm of each column of Y. */
  readonly sourceSquares: number;
  readonly targetSquares: Float64Array;
}

export interface CrossProductOptions extends ReadPairsOptions {
  readonly client: WorkerClient;
  readonly gram: boolean;
}

/** Adds up the inner products of the columns of all pairs. */
export async function crossProducts(pairs: SharedPairs, options: CrossProductOptions): Promise<CrossProducts> {
  const { client, gram: wantsGram, signal } = options;
  const [sourceColumns, targetColumns] = [pairs.source.shape[1]!, pairs.target.shape[1]!];
  const products = await openGraph(client, buildCrossProductGraph(sourceColumns, targetColumns, wantsGram), { signal });
  const gram = wantsGram ? new Float64Array(sourceColumns * sourceColumns) : undefined;
  const cross = new Float64Array(sourceColumns * targetColumns);
  const targetSquares = new Float64Array(targetColumns);
  let sourceSquares = 0;
  for await (const { count, x, y } of readPairs(pairs, options)) {
    const outputs = await products.run({
      x: { data: x, shape: [count, sourceColumns] },
      y: { data: y, shape: [count, targetColumns] },
    });
    if (gram) add(gram, outputs["gram"]!.data);
    add(cross, outputs["cross"]!.data);
    for (const value of x) sourceSquares += value * value;
    for (let i = 0; i < y.length;) {
      for (let column = 0; column < targetColumns; column++, i++) targetSquares[column]! += y[i]! * y[i]!;
    }
  }
  await products.close();
  return { ...(gram && { gram }), cross, sourceSquares, targetSquares };
}

function add(sums: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
}
