import { readGguf } from "../../checkpoint/gguf/read.js";
import type { Weights } from "../../checkpoint/weights.js";
import { requireTensor } from "../../checkpoint/weights.js";
import { LangbridgeError } from "../../errors.js";
import { withScratchFolder } from "../../files/scratch-folder.js";
import { optionalFlag, optionalNumbers, requireNumber, type GgufKeys } from "../../model/gguf/keys.js";
import { PROJECTOR_LAYERS, towerNameInGguf } from "../../model/gguf/mmproj-tensors.js";
import { graphContext } from "../../model/graph-context.js";
import { addProjector, type LinearTensors, type ProjectorWeights } from "../../model/projector/projector-graph.js";
import { addTower, towerPrefix, usedTensorNames } from "../../model/vision/tower-graph.js";
import type { VisionSelection, VisionSpec } from "../../model/vision/vision-family.js";
import type { WrittenType } from "../../checkpoint/gguf/tensor-types.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import { checkMemory, weightBytes } from "../../runtime/devices/memory.js";
import { placeNumbers, withTensors } from "../../runtime/parts/placed-numbers.js";
import { openGraph } from "../../runtime/sessions/graph-function.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import type { FloatTensor } from "../../runtime/sessions/protocol.js";
import { allFinite, relativeDifference } from "../../tensor/float-arrays.js";
import { normalNumbers } from "../../tensor/random.js";
import { isDecoded } from "../../tensor/tensor-info.js";
import type { MmprojParts } from "./plan-mmproj.js";

/** How far the vectors of a file may be from the adapter's, by the type of its matrices, as a share of the largest value. */
const TOLERANCE: Readonly<Record<WrittenType, number>> = {
  F32: 1e-4,
  F16: 2 ** -7,
  BF16: 2 ** -4,
  Q8_0: 2 ** -4,
  Q4_0: 2 ** -1,
};

export interface CheckMmprojOptions {
  readonly client: WorkerClient;
  readonly signal?: AbortSignal | undefined;
}

/** A tower with a projector, as a graph is built from them. */
interface SeeingParts {
  readonly spec: VisionSpec;
  readonly weights: Weights;
  readonly selection: VisionSelection;
  readonly projector: ProjectorWeights;
}

/**
 * Runs the tower and projector that a written file describes, and those that it was made of, on an image of noise and compares the
 * vectors. Returns the finding as one line.
 * @throws LangbridgeError when they differ by more than rounding explains
 * @throws UnavailableError when onnxruntime-node or memory is missing
 */
export async function checkMmproj(path: string, parts: MmprojParts, options: CheckMmprojOptions): Promise<string> {
  const own: SeeingParts = { ...parts.vision, projector: scaled(parts.projector, parts.scale) };
  const expected = await see(own, options);
  const made = await withScratchFolder(path, async (cacheFolder) =>
    see(await readSeeingParts(path, own, { cacheFolder, signal: options.signal }), options),
  );
  const difference = allFinite(expected) ? relativeDifference(made, expected) : Infinity;
  if (difference <= TOLERANCE[parts.type]) {
    return `the file's tower and projector make the adapter's vectors of an image of noise; largest difference ${difference.toExponential(1)} of the largest value`;
  }
  throw new LangbridgeError(
    `${path}: its vectors of an image of noise differ from the adapter's by ${difference.toExponential(1)} of the largest, ${TOLERANCE[parts.type]} is what ${parts.type} explains; nothing was written, choose --dtype f32 or please report this`,
  );
}

const scaled = (projector: ProjectorWeights, scale: number): ProjectorWeights => ({
  ...projector,
  scale: (projector.scale ?? 1) * scale,
});

/** The tower and projector that a file describes; only which family it is, and the names of its tensors, are taken from `own`. */
async function readSeeingParts(
  path: string,
  { spec, weights }: SeeingParts,
  { cacheFolder, signal }: { readonly cacheFolder: string; readonly signal?: AbortSignal | undefined },
): Promise<SeeingParts> {
  const { tensors, metadata } = await readGguf(path);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const numbers = await placeNumbers(tensors.filter(isDecoded), "float32", { cacheFolder, signal });
  const file = withTensors({ path, tensors: byName }, numbers);
  const keys: GgufKeys = { path, metadata };
  const [selectLayer] = Array.from(optionalNumbers(keys, "clip.vision.feature_layer")!);
  const prefix = towerPrefix(weights, spec);
  const tower = [...usedTensorNames(weights, spec, selectLayer!)].map((own) => {
    return [own, { ...requireTensor(file, towerNameInGguf(own.slice(prefix.length))!), name: own }] as const;
  });
  const layer = (name: string): LinearTensors => ({
    weight: requireTensor(file, `${name}.weight`),
    bias: requireTensor(file, `${name}.bias`),
  });
  const [first, second] = PROJECTOR_LAYERS;
  return {
    spec: specOf(keys, spec),
    weights: { path, tensors: new Map(tower) },
    selection: { selectLayer: selectLayer!, selectFeature: "patch" },
    projector: { kind: "mlp2x_gelu", layers: [layer(first), layer(second)] },
  };
}

function specOf(keys: GgufKeys, { family }: VisionSpec): VisionSpec {
  const number = (name: string): number => requireNumber(keys, `clip.vision.${name}`);
  return {
    family,
    hiddenSize: number("embedding_length"),
    intermediateSize: number("feed_forward_length"),
    layers: number("block_count"),
    heads: number("attention.head_count"),
    imageSize: number("image_size"),
    patchSize: number("patch_size"),
    activation: optionalFlag(keys, "clip.use_gelu") === true ? "gelu" : "quick_gelu",
    epsilon: number("attention.layer_norm_epsilon"),
  };
}

/** The vectors (patches, width) of an image of noise. */
async function see(
  { spec, weights, selection, projector }: SeeingParts,
  options: CheckMmprojOptions,
): Promise<Float32Array> {
  const target = { compute: "float32" } as const;
  const g = new GraphBuilder();
  const shape = [1, 3, spec.imageSize, spec.imageSize];
  const pixels = g.input("pixel_values", "float32", shape);
  const features = addTower(graphContext({ g, weights, target }), spec, pixels, selection);
  g.output(addProjector(g, features, projector, target).embeddings, "embeddings");
  const graph = g.finish();
  checkMemory(weightBytes(graph, "float32"), "running the tower", {
    remedy: "export where there is more to have it checked",
  });
  const noise: FloatTensor = { data: normalNumbers(3 * spec.imageSize ** 2, 1), shape };
  const session = await openGraph(options.client, graph, { signal: options.signal });
  try {
    return (await session.run({ pixel_values: noise })).embeddings!.data;
  } finally {
    await session.close();
  }
}
