import { buildFixedProductGraph } from "../../../onnx/products.js";
import { openGraph } from "../../../runtime/sessions/graph-function.js";
import type { WorkerClient } from "../../../runtime/sessions/client.js";
import type { Product } from "./conjugate-gradients.js";

/** Opens the product with a float64 matrix (size, size). The matrix stays where it is computed for as long as `use` runs. */
export async function withProduct<Result>(
  matrix: Float64Array,
  { client, signal }: { readonly client: WorkerClient; readonly signal?: AbortSignal | undefined },
  use: (product: Product) => Promise<Result>,
): Promise<Result> {
  const size = Math.sqrt(matrix.length);
  const graph = await openGraph<Float64Array>(client, buildFixedProductGraph(matrix, [size, size]), { signal });
  const result = await use(async (x) => {
    const outputs = await graph.run({ x: { data: x, shape: [size, x.length / size] } });
    return outputs["product"]!.data;
  });
  await graph.close();
  return result;
}

/** Sum of the products of elements: tr(A^T B). */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
