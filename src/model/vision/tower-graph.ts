import { InputError } from "../../errors.js";
import type { Graph, Value } from "../../onnx/graph.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import { cast, concat, dropFirst, reshape } from "../../onnx/operators.js";
import { graphContext, type GraphContext, type GraphTarget } from "../graph-context.js";
import { refuseUnused } from "../unused-tensors.js";
import { requireShape, type Weights } from "../../checkpoint/weights.js";
import { rowsOf } from "./encoder-layer.js";
import { droppedVectors, towerTokens, type Tower, type VisionSelection, type VisionSpec } from "./vision-family.js";

export interface TowerGraphOptions extends VisionSelection {
  readonly spec: VisionSpec;
  readonly weights: Weights;
  readonly target: GraphTarget;
}

/**
 * The graph from `pixel_values` float32 (1, 3, imageSize, imageSize) to `features` float32 (patches, hiddenSize). Only the layers up
 * to the selected one are built.
 *
 * @throws InputError as `addTower` does
 */
export function buildTowerGraph({ spec, weights, target, ...selection }: TowerGraphOptions): Graph {
  const g = new GraphBuilder();
  const pixels = g.input("pixel_values", "float32", [1, 3, spec.imageSize, spec.imageSize]);
  g.output(addTower(graphContext({ g, weights, target }), spec, pixels, selection), "features");
  return g.finish();
}

/**
 * Adds a tower to a graph: `pixels` float32 (batch, 3, imageSize, imageSize) to features float32 (batch * vectors, selectedWidth), one
 * image behind another.
 *
 * @throws InputError for a layer that the tower does not have, and for tensors that are missing, of another shape, or used by no layer
 */
export function addTower(
  context: GraphContext,
  spec: VisionSpec,
  pixels: Value,
  { selectLayer, selectFeature, furtherLayers = [] }: VisionSelection,
): Value {
  const { g, weights, target } = context;
  const wanted = [selectLayer, ...furtherLayers].map((layer) => selectedLayers(spec, layer, weights.path));
  const { family } = spec;
  const prefix = towerPrefix(weights, spec);
  const tower: Tower = { ...context, spec, prefix, batch: pixels.shape[0]! };
  let hidden = family.embed(tower, cast(g, pixels, target.compute));
  const states = [hidden];
  for (let layer = 0; layer < Math.max(...wanted); layer++) {
    hidden = family.addLayer(tower, hidden, `${prefix}${family.tensors.layers}${layer}.`);
    states.push(hidden);
  }
  refuseUnused(context, { prefix: prefix + family.tensors.layers, count: spec.layers });
  const dropped = droppedVectors(spec, selectFeature);
  const features = wanted.map((layer) => withoutFirst(tower, states[layer]!, dropped));
  return cast(g, features.length === 1 ? features[0]! : concat(g, features, 1), "float32");
}

/**
 * The names of the tensors that a tower of transformers consists of, those behind the last layer included, which no hidden state needs.
 *
 * @throws InputError as `addTower`, which checks each of them
 */
export function towerTensorNames(weights: Weights, spec: VisionSpec): ReadonlySet<string> {
  const used = usedTensorNames(weights, spec, -1);
  const behind = spec.family.tensors.behindLayers.map((name) => towerPrefix(weights, spec) + name);
  for (const name of behind) requireShape(weights, name, [spec.hiddenSize]);
  return new Set([...used, ...behind]);
}

/**
 * The names of the tensors that a hidden state is made from.
 *
 * @throws InputError as `addTower`, which checks each of them
 */
export function usedTensorNames(weights: Weights, spec: VisionSpec, selectLayer: number): ReadonlySet<string> {
  const g = new GraphBuilder();
  const context = graphContext({ g, weights, target: { compute: "float32" } });
  const pixels = g.input("pixel_values", "float32", [1, 3, spec.imageSize, spec.imageSize]);
  addTower(context, spec, pixels, { selectLayer, selectFeature: "cls_patch" });
  return context.used;
}

/**
 * The layers that a hidden state has behind it, which transformers also counts from the end.
 *
 * @throws InputError naming `path` for one that the tower does not have
 */
export function selectedLayers({ layers }: VisionSpec, selectLayer: number, path: string): number {
  const selected = selectLayer < 0 ? layers + 1 + selectLayer : selectLayer;
  if (selected >= 0 && selected <= layers) return selected;
  throw new InputError(
    `${path}: layer ${selectLayer} was asked for, the vision tower has hidden states 0 to ${layers}`,
  );
}

/** What stands before the names of a tower's tensors: LLaVA folders put more before them than the tower's own. */
export function towerPrefix({ tensors }: Weights, { family }: VisionSpec): string {
  const { landmark } = family.tensors;
  for (const name of tensors.keys()) {
    if (name.endsWith(landmark)) return name.slice(0, -landmark.length);
  }
  return "vision_model.";
}

/** Hidden states without the first vectors of every image. */
function withoutFirst(tower: Tower, hidden: Value, dropped: number): Value {
  if (dropped === 0) return hidden;
  const { g, spec, batch } = tower;
  const { hiddenSize } = spec;
  const tokens = towerTokens(spec);
  const apart = reshape(g, hidden, [-1, tokens, hiddenSize], [batch, tokens, hiddenSize]);
  return reshape(g, dropFirst(g, apart, 1, dropped), [-1, hiddenSize], [rowsOf(tower, tokens - dropped), hiddenSize]);
}
