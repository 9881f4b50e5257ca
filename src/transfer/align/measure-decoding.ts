import { decodeVectors } from "../../model/projector/decoding-graph.js";
import type { DecodingTables } from "../../model/projector/dictionary.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import { openGraph } from "../../runtime/sessions/graph-function.js";
import { withWorker } from "../../runtime/sessions/client.js";
import { normalNumbers } from "../../tensor/random.js";
import type { DecodingCurve } from "./choose-token-count.js";

/** The largest sparsity that is measured. */
const STEPS = 6;
const NOISE_SEED = 0;

/** How well vectors, (n, width), and as many vectors of noise are explained, token by token. */
export async function measureDecoding(
  vectors: Float32Array,
  tables: DecodingTables,
  { words, signal }: { readonly words: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<DecodingCurve> {
  const width = tables.decodeMatrix.shape[1]!;
  return withWorker(async (client) => {
    const { run } = await openGraph(client, residualGraph(tables, words), { signal });
    const curve = async (data: Float32Array): Promise<number[]> => {
      const outputs = await run({ vectors: { data: data.slice(), shape: [data.length / width, width] } });
      return meanSquares(outputs["residuals"]!.data);
    };
    return { patches: await curve(vectors), noise: await curve(normalNumbers(vectors.length, NOISE_SEED)) };
  });
}

function residualGraph(tables: DecodingTables, words: number | undefined) {
  const g = new GraphBuilder();
  const vectors = g.input("vectors", "float32", ["vectors", tables.decodeMatrix.shape[1]!]);
  const { residuals } = decodeVectors(g, vectors, { method: "sparse", settings: { k: STEPS, words } }, tables);
  g.output(residuals!, "residuals");
  return g.finish();
}

/** The mean squares (STEPS + 1) of residuals (n, STEPS); before the first token the residual is the vector itself, of length 1. */
function meanSquares(residuals: Float32Array): number[] {
  const vectors = residuals.length / STEPS;
  const sums = Array.from({ length: STEPS }, () => 0);
  residuals.forEach((value, i) => (sums[i % STEPS]! += value * value));
  return [1, ...sums.map((sum) => sum / vectors)];
}
