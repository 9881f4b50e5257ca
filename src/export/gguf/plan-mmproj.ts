import { flag, float32, numbers, text, uint32, type WrittenValue } from "../../checkpoint/gguf/written-keys.js";
import type { WrittenKeys } from "../../checkpoint/gguf/write.js";
import type { WrittenType } from "../../checkpoint/gguf/tensor-types.js";
import { InputError } from "../../errors.js";
import type { ImageProcessor } from "../../image/image-processor.js";
import { PROJECTOR_LAYERS, towerNameInGguf } from "../../model/gguf/mmproj-tensors.js";
import { projectorOutputSize } from "../../model/projector/projector-graph.js";
import { selectedLayers, towerPrefix, usedTensorNames } from "../../model/vision/tower-graph.js";
import { vectorsBeforePatches, type VisionSelection, type VisionSpec } from "../../model/vision/vision-family.js";
import type { Weights } from "../../checkpoint/weights.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import type { TwoLayerProjector } from "../transformers/llava-projector.js";
import { typeFor, type PlannedTensor } from "./written-tensor.js";

/** A GGUF file that is going to be written. */
export interface PlannedFile {
  readonly name: string;
  readonly keys: WrittenKeys;
  readonly tensors: readonly PlannedTensor[];
}

export interface MmprojParts {
  readonly adapterName: string;
  readonly vision: {
    readonly spec: VisionSpec;
    readonly weights: Weights;
    readonly selection: VisionSelection;
    readonly images: ImageProcessor;
  };
  /** Folded, where it was an mm_vocab one. */
  readonly projector: TwoLayerProjector;
  /** What the projector's vectors are multiplied by, so that they are right behind llama.cpp's own multiplication. */
  readonly scale: number;
  readonly type: WrittenType;
  /** Where it comes from: keys and texts. */
  readonly origin: Readonly<Record<string, string>>;
}

/**
 * The mmproj file of a tower and a projector for llama.cpp's kind `mlp`.
 * Source: llama.cpp, tools/mtmd/clip.cpp and tools/mtmd/models/llava.cpp.
 *
 * @throws InputError for what llama.cpp would compute otherwise or not at all
 */
export function planMmproj(parts: MmprojParts): PlannedFile {
  const { spec, weights, selection } = parts.vision;
  const layers = selectedLayers(spec, selection.selectLayer, weights.path);
  requireRight(parts, layers);
  return {
    name: `mmproj-${parts.type}.gguf`,
    keys: mmprojKeys(parts, layers),
    tensors: [...towerPlan(parts), ...projectorPlan(parts)],
  };
}

function requireRight({ vision }: MmprojParts, layers: number): void {
  const { spec, weights, selection } = vision;
  if (!spec.family.inMmproj) {
    throw new InputError(
      `${weights.path}: a ${spec.family.name} tower is not written into mmproj files; take --format hf or onnx`,
    );
  }
  const before = vectorsBeforePatches(spec, selection.selectFeature);
  if (before !== 0) {
    const takes = before > 0 ? "takes the class token too" : "leaves the first patch out";
    const does = before > 0 ? "leaves out" : "takes";
    throw new InputError(
      `${weights.path}: the adapter ${takes} (mm_vision_select_feature "${selection.selectFeature}"), which llama.cpp ${does}; take --format hf or onnx`,
    );
  }
  if (layers === 0) {
    throw new InputError(
      `${weights.path}: the adapter takes hidden state 0, before all layers; llama.cpp runs one at least; take --format onnx`,
    );
  }
  // A rule for files of 2023 tells the two matrices of a layer apart by their shapes.
  if (spec.intermediateSize === spec.hiddenSize) {
    throw new InputError(
      `${weights.path}: intermediate_size is hidden_size (${spec.hiddenSize}); llama.cpp would take the two layers of a feed-forward part for each other; take --format hf or onnx`,
    );
  }
}

/** llama.cpp's names of activations: its GELU is the tanh form, within 1e-5 of the exact one. */
const USES_GELU: Readonly<Record<string, boolean>> = { gelu: true, quick_gelu: false };

function mmprojKeys(parts: MmprojParts, layers: number): WrittenKeys {
  const { spec, weights, images } = parts.vision;
  const usesGelu = USES_GELU[spec.activation];
  if (usesGelu === undefined) {
    throw new InputError(
      `${weights.path}: hidden_act is "${spec.activation}", llama.cpp has ${Object.keys(USES_GELU).join(", ")}; take --format hf or onnx`,
    );
  }
  const { mean, std } = normalisation(images);
  const own = Object.entries(parts.origin).map(([key, value]) => [`langbridge.${key}`, text(value)] as const);
  return new Map<string, WrittenValue>([
    ["general.architecture", text("clip")],
    ["general.type", text("mmproj")],
    ["general.name", text(parts.adapterName)],
    ["clip.has_vision_encoder", flag(true)],
    ["clip.projector_type", text("mlp")],
    ["clip.use_gelu", flag(usesGelu)],
    ["clip.vision.image_size", uint32(spec.imageSize)],
    ["clip.vision.patch_size", uint32(spec.patchSize)],
    ["clip.vision.embedding_length", uint32(spec.hiddenSize)],
    ["clip.vision.feed_forward_length", uint32(spec.intermediateSize)],
    ["clip.vision.projection_dim", uint32(projectorOutputSize(parts.projector))],
    ["clip.vision.block_count", uint32(layers)],
    // Without it llama.cpp runs one layer less than there are.
    ["clip.vision.feature_layer", numbers("int32", [layers])],
    ["clip.vision.attention.head_count", uint32(spec.heads)],
    ["clip.vision.attention.layer_norm_epsilon", float32(spec.epsilon)],
    ["clip.vision.image_mean", numbers("float32", mean)],
    ["clip.vision.image_std", numbers("float32", std)],
    ...own,
  ]);
}

/** llama.cpp always computes (pixel / 255 - mean) / std; another scaling of pixels goes into the two. */
export function normalisation({ rescaleFactor = 1, mean, std }: ImageProcessor): { mean: number[]; std: number[] } {
  const [means, deviations] =
    std === undefined
      ? [
          [0, 0, 0],
          [1, 1, 1],
        ]
      : [mean, std];
  const share = 1 / (255 * rescaleFactor);
  // 255 * (1 / 255) is not 1 in every case, and usual files stay as they are.
  const scale = Math.abs(share - 1) < 1e-12 ? 1 : share;
  return { mean: means.map((value) => value * scale), std: deviations.map((value) => value * scale) };
}

/** The tensors that the selected features are made from, layer by layer. */
function towerPlan({ vision, type }: MmprojParts): PlannedTensor[] {
  const { spec, weights, selection } = vision;
  const prefix = towerPrefix(weights, spec);
  return [...usedTensorNames(weights, spec, selection.selectLayer)].map((own) => {
    const name = towerNameInGguf(own.slice(prefix.length));
    if (name === undefined) {
      throw new InputError(`${weights.path}: llama.cpp has no place for the tensor "${own}"; take --format hf or onnx`);
    }
    const source = weights.tensors.get(own)!;
    return { name, type: towerType(name, source, type), source };
  });
}

/** Pictures are cut by a convolution, which takes no blocks; the few positions stay exact. */
function towerType(name: string, source: CheckpointTensor, wanted: WrittenType): WrittenType {
  if (name === "v.position_embd.weight") return "F32";
  if (name === "v.patch_embd.weight") return wanted === "F32" || wanted === "BF16" ? wanted : "F16";
  return typeFor(source, wanted);
}

/**
 * What is added before the GELU of a projector of one layer and taken off behind it: GELU leaves values from 10 on as they are, and
 * an LLM's embeddings are far smaller than this.
 */
const SHIFT = 50;

function projectorPlan({ projector, scale, type }: MmprojParts): PlannedTensor[] {
  const factor = scale * (projector.scale ?? 1);
  const [first, second] = PROJECTOR_LAYERS;
  const { weight, bias } = projector.layers[0];
  const start = { name: `${first}.weight`, type: typeFor(weight, type), source: weight };
  if (projector.kind === "linear") {
    const identity = identityMatrix(bias);
    return [
      start,
      { name: `${first}.bias`, type: "F32", source: bias, plus: SHIFT },
      // Float32 alone: for other types llama.cpp rounds the shifted values too.
      { name: `${second}.weight`, type: "F32", source: identity, factor },
      { name: `${second}.bias`, type: "F32", source: zeroes(bias), plus: -SHIFT * factor },
    ];
  }
  const last = projector.layers[1];
  return [
    start,
    { name: `${first}.bias`, type: "F32", source: bias },
    { name: `${second}.weight`, type: typeFor(last.weight, type), source: last.weight, factor },
    { name: `${second}.bias`, type: "F32", source: last.bias, factor },
  ];
}

function identityMatrix({ shape, file }: CheckpointTensor): CheckpointTensor {
  const size = shape[0]!;
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1;
  return inMemory("identity", [size, size], values, file);
}

const zeroes = ({ shape, file }: CheckpointTensor): CheckpointTensor =>
  inMemory("zeroes", shape, new Float32Array(shape[0]!), file);

function inMemory(name: string, shape: readonly number[], values: Float32Array, file: string): CheckpointTensor {
  const bytes = new Uint8Array(values.buffer);
  return { name, dtype: "F32", shape, file, byteLength: bytes.byteLength, bytes };
}
