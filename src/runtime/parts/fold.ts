import { buildFoldGraph, checkProjector, type ProjectorWeights } from "../../model/projector/projector-graph.js";
import { ELEMENT_TYPES } from "../../onnx/element-type.js";
import type { Graph } from "../../onnx/graph.js";
import { openGraph } from "../sessions/graph-function.js";
import { checkMemory, weightBytes } from "../devices/memory.js";
import { requireFinite, type NumberSource } from "./require-finite.js";
import { cachedTensors, type CacheOptions } from "./tensor-cache.js";
import type { WorkerClient } from "../sessions/client.js";
import type { FloatTensor } from "../sessions/protocol.js";

export interface FoldOptions extends CacheOptions {
  readonly client: WorkerClient;
  readonly threads: number;
}

/**
 * Folds an mm_vocab projector into Linear, GELU, Linear: W = M^T W3 W2 (hidden, H), b = M^T (W3 b2 + b3). Equal but for rounding,
 * since nothing non-linear lies between; about V times hidden times H multiply-adds, done once and kept in the cache folder.
 * Any other projector comes back as it is.
 *
 * @throws InputError for weights that are not finite
 * @throws UnavailableError when memory is short
 */
export async function foldProjector(projector: ProjectorWeights, options: FoldOptions): Promise<ProjectorWeights> {
  if (projector.kind !== "mm_vocab") return projector;
  checkProjector(projector);
  const [first, second, third] = projector.layers;
  const make = async () => {
    const { weight, bias } = await computeFold(projector, options);
    const made: NumberSource = { path: first.weight.file, what: "the weights of the folded adapter", precision: "f32" };
    for (const { data } of [weight, bias]) requireFinite(data, made);
    return [
      { name: "folded.weight", dtype: "F32" as const, shape: weight.shape, data: floatBytes(weight) },
      { name: "folded.bias", dtype: "F32" as const, shape: [bias.data.length], data: floatBytes(bias) },
    ];
  };
  const sources = [second.weight, second.bias, third.weight, third.bias, projector.vocabMatrix];
  const tensors = await cachedTensors(
    { recipe: "folded-adapter-1", what: "the folded adapter", sources, make },
    options,
  );
  const folded = { weight: tensors.get("folded.weight")!, bias: tensors.get("folded.bias")! };
  return { kind: "mlp2x_gelu", layers: [first, folded], decoding: projector.decoding, scale: projector.scale };
}

type MmVocab = ProjectorWeights & { readonly kind: "mm_vocab" };

async function computeFold(
  projector: MmVocab,
  { client, threads, signal }: FoldOptions,
): Promise<{ weight: FloatTensor; bias: FloatTensor }> {
  const graph = buildFoldGraph(projector);
  const what = `folding the adapter ${projector.layers[0].weight.file}`;
  checkMemory(foldBytes(projector, graph), what, {
    remedy: "free some memory, or fold it where there is more and bring the cache folder",
  });
  const fold = await openGraph(client, graph, { threads, signal });
  const outputs = await fold.run({ zero: { data: new Float32Array(1), shape: [1] } });
  await fold.close();
  return outputs as { weight: FloatTensor; bias: FloatTensor };
}

/** The weights and what a run makes of them in float32: a second M, M^T W3 (hidden, inner) and W (hidden, H). */
function foldBytes({ layers, vocabMatrix }: MmVocab, graph: Graph): number {
  const [rows, hidden] = vocabMatrix.shape as [number, number];
  const [inner, width] = layers[1].weight.shape as [number, number];
  return weightBytes(graph, "float32") + ELEMENT_TYPES.float32.bytes * hidden * (rows + inner + width);
}

const floatBytes = ({ data }: FloatTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
