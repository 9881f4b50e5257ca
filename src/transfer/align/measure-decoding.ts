import { decodeVectors } from "../../model/decoding.js";
import type { DecodingTables } from "../../model/dictionary.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import { openGraph } from "../../runtime/graph-function.js";
import { WorkerClient } from "../../runtime/worker/client.js";
import { normalNumbers } from "../../tensor/random.js";
import type { DecodingCurve } from "./choose-dictionary.js";

/** Longest decoding that is measured. */
const STEPS = 6;
/** Smallest dictionary that is measured; the others are twice as large each, up to all words. */
const FEWEST_WORDS = 32;
const NOISE_SEED = 0;

/** How well vectors, (n, width), and as many vectors of noise are explained by dictionaries of 32, 64, 128, ... words. */
export async function measureDecoding(
  vectors: Float32Array,
  tables: DecodingTables,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<readonly DecodingCurve[]> {
  const noise = normalNumbers(vectors.length, NOISE_SEED);
  const client = new WorkerClient();
  try {
    const curves: DecodingCurve[] = [];
    for (const words of dictionarySizes(tables.decodeMatrix.shape[0]!)) {
      const { run, close } = await openGraph(client, residualGraph(tables, words), { signal });
      const curve = async (data: Float32Array): Promise<number[]> => {
        const shape = [data.length / tables.decodeMatrix.shape[1]!, tables.decodeMatrix.shape[1]!];
        return meanSquares((await run({ vectors: { data: data.slice(), shape } }))["residuals"]!.data);
      };
      curves.push({ words, patches: await curve(vectors), noise: await curve(noise) });
      await close();
    }
    return curves;
  } finally {
    await client.terminate();
  }
}

function dictionarySizes(rows: number): number[] {
  const sizes: number[] = [];
  for (let words = FEWEST_WORDS; words < rows; words *= 2) sizes.push(words);
  return [...sizes, rows];
}

function residualGraph(tables: DecodingTables, words: number) {
  const g = new GraphBuilder();
  const vectors = g.input("vectors", "float32", ["vectors", tables.decodeMatrix.shape[1]!]);
  const { residuals } = decodeVectors(g, vectors, { method: "sparse", settings: { k: STEPS, words } }, tables);
  g.output(residuals!, "residuals");
  return g.finish();
}

/** (STEPS + 1) of residuals (n, STEPS); before the first token all of a vector of length 1 is left. */
function meanSquares(residuals: Float32Array): number[] {
  const vectors = residuals.length / STEPS;
  const sums = Array.from({ length: STEPS }, () => 0);
  residuals.forEach((value, i) => (sums[i % STEPS]! += value * value));
  return [1, ...sums.map((sum) => sum / vectors)];
}
