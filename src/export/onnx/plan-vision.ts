import { graphContext } from "../../model/graph-context.js";
import { addTower } from "../../model/vision/tower-graph.js";
import { selectedVectors } from "../../model/vision/vision-family.js";
import { addProjector, checkProjector, projectorInputSize } from "../../model/projector/projector-graph.js";
import type { ProjectorWeights } from "../../model/projector/projector-graph.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import type { Graph } from "../../onnx/graph.js";
import { reshape } from "../../onnx/operators.js";
import { VisionTower } from "../../runtime/parts/vision-tower.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import { CPU } from "../../runtime/sessions/device.js";
import { concatRows } from "../../tensor/float-arrays.js";
import { normalNumbers } from "../../tensor/random.js";
import { mapProjector, outputTokens } from "./adapter-model.js";
import type { Tensors } from "./check-model.js";
import { projectInPlace, type AdapterPlanOptions } from "./plan-adapter.js";
import type { PlannedModel } from "./planned-model.js";
import { storedAs, storedWeights, roundingOf } from "./stored-weights.js";
import type { VisionPart } from "./vision-part.js";

/** Images that the check runs at once. */
const [SAMPLES, SEED] = [2, 2];
/** Rounding of float32 over the layers of a tower. */
const DIFFERENCE = 1e-4;

/** The names of the adapter's outputs in the model. */
const OUTPUTS = { embeddings: "image_features", tokens: "tokens", weights: "weights", residuals: "residuals" } as const;

export interface VisionPlanOptions extends AdapterPlanOptions {
  readonly vision: VisionPart;
  readonly cacheFolder: string;
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Tower and adapter in one model, as `vision_encoder.onnx`, the name that transformers.js has for it. */
export function planVision(options: VisionPlanOptions): PlannedModel {
  const { vision, projector, dtype } = options;
  const { name, identity, spec, weights, selection } = vision;
  const written = mapProjector(projector.written, (tensor) => storedAs(tensor, dtype));
  const { imageSize } = spec;
  const shape = [SAMPLES, 3, imageSize, imageSize];
  const pixels = { data: normalNumbers(SAMPLES * 3 * imageSize ** 2, SEED), shape };
  return {
    name: "vision_encoder",
    graph: buildVisionModel({ ...vision, weights: storedWeights(weights, dtype) }, written),
    metadata: {
      vision_tower: name,
      vision_identity: identity,
      vision_select_layer: String(selection.selectLayer),
      vision_select_feature: selection.selectFeature,
    },
    check: {
      sample: `${SAMPLES} images of noise at once`,
      rounding: roundingOf(dtype, DIFFERENCE),
      written: (run) => run({ pixel_values: pixels }),
      reference: (client) => seeInPlace(client, pixels.data, options),
    },
  };
}

/**
 * `pixel_values` float32 (batch, 3, imageSize, imageSize) to `image_features` float32 (batch, patches, hidden), and of an adapter
 * that decodes into tokens also what `outputTokens` names, each (batch, patches, k).
 */
function buildVisionModel({ spec, weights, selection }: VisionPart, projector: ProjectorWeights): Graph {
  checkProjector(projector);
  const g = new GraphBuilder({ onlyStandard: true });
  const target = { compute: "float32" } as const;
  const pixels = g.input("pixel_values", "float32", ["batch_size", 3, spec.imageSize, spec.imageSize]);
  const features = addTower(graphContext({ g, weights, target }), spec, pixels, selection);
  const patches = selectedVectors(spec, selection.selectFeature);
  const projected = addProjector(g, features, ofPictures(projector, patches), target);
  const perImage = (value: (typeof projected)["embeddings"]) => {
    const width = value.shape.at(-1)!;
    return reshape(g, value, [-1, patches, width as number], ["batch_size", patches, width]);
  };
  g.output(perImage(projected.embeddings), "image_features");
  outputTokens(g, projected, perImage);
  return g.finish();
}

/** A projector that counts the patches of each picture from 0. */
const ofPictures = (projector: ProjectorWeights, patches: number): ProjectorWeights =>
  projector.wordChoice === undefined ? projector : { ...projector, wordChoice: { ...projector.wordChoice, patches } };

/** The same outputs from the parts in place, image by image. */
async function seeInPlace(
  client: WorkerClient,
  pixels: Float32Array,
  { vision, projector, cacheFolder, onNote, signal }: VisionPlanOptions,
): Promise<Tensors> {
  const { folder, weights, selection } = vision;
  const options = { ...{ client, dtype: "f32", threads: 0, cacheFolder, onNote, signal }, device: CPU };
  const tower = await VisionTower.open(folder, { ...options, ...selection, weightsFolder: weights.path });
  const size = pixels.length / SAMPLES;
  const seen: Float32Array[] = [];
  for (let at = 0; at < pixels.length; at += size) seen.push(await tower.features(pixels.slice(at, at + size)));
  await tower.close();
  const features = {
    data: concatRows(...seen),
    shape: [SAMPLES * tower.info.patches, projectorInputSize(projector.own)],
  };
  const { patches } = tower.info;
  const counted = { written: ofPictures(projector.written, patches), own: ofPictures(projector.own, patches) };
  const outputs = await projectInPlace(client, counted, features, signal);
  const perImage = Object.entries(OUTPUTS).flatMap(([output, name]) => {
    const made = outputs[output];
    return made === undefined
      ? []
      : [[name, { data: made.data, shape: [SAMPLES, tower.info.patches, made.shape[1]!] }]];
  });
  return Object.fromEntries(perImage) as Tensors;
}
