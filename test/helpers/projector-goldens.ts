import { join } from "node:path";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import type { LinearTensors, ProjectorWeights } from "../../src/model/projector/projector-graph.js";
import { MODELS, readExpected } from "./goldens.js";

const { tensors } = await openCheckpoint(join(MODELS, "projectors"));

export const projectorLayer = (index: number): LinearTensors => ({
  weight: tensors.get(`${index}.weight`)!,
  bias: tensors.get(`${index}.bias`)!,
});
const [first, second, head] = [0, 2, 3].map(projectorLayer) as [LinearTensors, LinearTensors, LinearTensors];

export const vocabMatrix = tensors.get("mm_vocab_matrix")!;

/** One projector of each kind, over the same layers. */
export const PROJECTORS: Readonly<Record<ProjectorWeights["kind"], ProjectorWeights>> = {
  mm_vocab: { kind: "mm_vocab", layers: [first, second, head], vocabMatrix },
  mlp2x_gelu: { kind: "mlp2x_gelu", layers: [first, second] },
  linear: { kind: "linear", layers: [first] },
};

/** (5, 32), what they are given. */
export const projectorFeatures = (): Float32Array =>
  Float32Array.from({ length: 5 * 32 }, (_, i) => Math.cos(0.11 * i));

/** What PyTorch makes of it. */
export const projected = readExpected<Record<ProjectorWeights["kind"] | "coefficients", number[]>>("projectors");
