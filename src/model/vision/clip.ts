import { z } from "zod";
import { InputError } from "../../errors.js";
import type { Dimension, Graph, Value } from "../../onnx/graph.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import {
  add,
  cast,
  dropFirst,
  gelu,
  layerNorm,
  matMul,
  mul,
  pad,
  patchConv,
  quickGelu,
  reshape,
  softmax,
  transpose,
} from "../../onnx/operators.js";
import { orElse, readConfig, size, unsupported } from "../config-fields.js";
import { linear, weight, type GraphContext, type GraphTarget } from "../graph-context.js";
import { refuseUnusedInTower } from "../unused-tensors.js";
import type { Weights } from "../weights.js";

const QUICK_GELU_ALPHA = 1.702;

const ACTIVATIONS = {
  quick_gelu: (g: GraphBuilder, x: Value): Value => quickGelu(g, x, QUICK_GELU_ALPHA),
  gelu,
} as const;

const towerFields = z.looseObject({
  model_type: z.literal("clip_vision_model", { error: "this vision tower cannot be run here, supported: clip" }),
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  image_size: size,
  patch_size: size,
  num_channels: unsupported(3),
  hidden_act: orElse(z.enum(["quick_gelu", "gelu"]), "quick_gelu"),
  layer_norm_eps: orElse(z.number().positive(), 1e-5),
});

const composite = z.looseObject({
  model_type: z.enum(["clip", "clip_vision_model", "llava"], {
    error: "this vision tower cannot be run here, supported: clip",
  }),
  vision_config: z.looseObject({}).nullish(),
});

/** What transformers' CLIPVisionConfig takes for a field that a composite's `vision_config` leaves out. */
const CLASS_DEFAULTS = {
  model_type: "clip_vision_model",
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  image_size: 224,
  patch_size: 32,
};

export interface ClipSpec {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Height and width of the images, in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly activation: keyof typeof ACTIVATIONS;
  readonly epsilon: number;
}

/**
 * Reads the config.json of a CLIP folder, whole (`clip`) or the vision tower alone (`clip_vision_model`), or of a `llava`
 * folder of transformers, which holds a tower.
 * Throws InputError for another family or a setting that is not supported, naming it.
 */
export function readClip(config: unknown, where: string): ClipSpec {
  const fields = readConfig(towerFields, towerConfig(readConfig(composite, config, where)), where);
  if (fields.hidden_size % fields.num_attention_heads !== 0) {
    throw new InputError(
      `${where}/config.json: num_attention_heads is ${fields.num_attention_heads}, expected a divisor of hidden_size ${fields.hidden_size}`,
    );
  }
  return {
    hiddenSize: fields.hidden_size,
    intermediateSize: fields.intermediate_size,
    layers: fields.num_hidden_layers,
    heads: fields.num_attention_heads,
    imageSize: fields.image_size,
    patchSize: fields.patch_size,
    activation: fields.hidden_act,
    epsilon: fields.layer_norm_eps,
  };
}

/** The tower's own part of such a config.json: the whole of it, or the `vision_config` of a composite with what it leaves out. */
export function towerConfig(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (config["model_type"] === CLASS_DEFAULTS.model_type) return config;
  return { ...CLASS_DEFAULTS, ...(config["vision_config"] as object | null | undefined) };
}

/** Which features of a tower are taken. */
export interface ClipSelection {
  /** Which hidden state, as transformers counts them: 0 is the embeddings, -1 the last layer's, -2 LLaVA's choice. */
  readonly selectLayer: number;
  /** "patch" drops the class token, "cls_patch" keeps it. */
  readonly selectFeature: "patch" | "cls_patch";
}

type SelectionAsked = { readonly [Key in keyof ClipSelection]?: ClipSelection[Key] | undefined };

/** The features that are asked for, where nothing is said LLaVA's and transformers' choice. */
export const clipSelection = ({ selectLayer = -2, selectFeature = "patch" }: SelectionAsked): ClipSelection => ({
  selectLayer,
  selectFeature,
});

export interface ClipGraphOptions extends ClipSelection {
  readonly spec: ClipSpec;
  readonly weights: Weights;
  readonly target: GraphTarget;
}

/** Number of patch vectors of an image. */
export function clipPatches({ imageSize, patchSize }: ClipSpec): number {
  return Math.floor(imageSize / patchSize) ** 2;
}

/** Number of vectors that are taken of an image. */
export function selectedVectors(spec: ClipSpec, selectFeature: ClipSelection["selectFeature"]): number {
  return clipPatches(spec) + (selectFeature === "patch" ? 0 : 1);
}

/**
 * The graph from `pixel_values` float32 (1, 3, imageSize, imageSize) to `features` float32 (patches, hiddenSize).
 * Only the layers up to the selected one are built. Source: transformers, modeling_clip.py; LLaVA, clip_encoder.py.
 */
export function buildClipGraph({ spec, weights, target, ...selection }: ClipGraphOptions): Graph {
  const g = new GraphBuilder();
  const pixels = g.input("pixel_values", "float32", [1, 3, spec.imageSize, spec.imageSize]);
  g.output(addClipTower({ g, weights, target }, spec, pixels, selection), "features");
  return g.finish();
}

/**
 * Adds a tower to a graph: `pixels` float32 (batch, 3, imageSize, imageSize) to features float32 (batch * patches, hiddenSize),
 * one image behind another. Throws InputError for a layer that the tower does not have.
 */
export function addClipTower(
  context: GraphContext,
  spec: ClipSpec,
  pixels: Value,
  { selectLayer, selectFeature }: ClipSelection,
): Value {
  const { g, weights, target } = context;
  const layers = selectLayer < 0 ? spec.layers + 1 + selectLayer : selectLayer;
  if (layers < 0 || layers > spec.layers) {
    throw new InputError(
      `${weights.where}: layer ${selectLayer} was asked for, the vision tower has hidden states 0 to ${spec.layers}`,
    );
  }
  const prefix = towerPrefix(weights);
  refuseUnusedInTower(weights, spec.layers, prefix);
  const tower = { ...context, spec, batch: pixels.shape[0]! };
  let hidden = embed(tower, cast(g, pixels, target.compute), prefix);
  for (let layer = 0; layer < layers; layer++) {
    hidden = encoderLayer(tower, hidden, `${prefix}encoder.layers.${layer}.`);
  }
  const features = selectFeature === "patch" ? withoutClassToken(tower, hidden) : hidden;
  return cast(g, features, "float32");
}

/** A tower being added to a graph; between its parts vectors are rows (batch * tokens, hidden), as products want them. */
interface Tower extends GraphContext {
  readonly spec: ClipSpec;
  readonly batch: Dimension;
}

/** The number of rows that hold `each` vectors of every image. */
const rowsOf = ({ batch }: Tower, each: number): Dimension => (batch === 1 ? each : `${batch} * ${each}`);

function withoutClassToken(tower: Tower, hidden: Value): Value {
  const { g, spec, batch } = tower;
  const { hiddenSize } = spec;
  const patches = clipPatches(spec);
  const apart = reshape(g, hidden, [-1, patches + 1, hiddenSize], [batch, patches + 1, hiddenSize]);
  return reshape(g, dropFirst(g, apart, 1, 1), [-1, hiddenSize], [rowsOf(tower, patches), hiddenSize]);
}

const CLASS_EMBEDDING = "embeddings.class_embedding";

/** What stands before `embeddings...`: LLaVA folders put more names before the tower's own. */
export function towerPrefix({ tensors }: Weights): string {
  for (const name of tensors.keys()) {
    if (name.endsWith(CLASS_EMBEDDING)) return name.slice(0, -CLASS_EMBEDDING.length);
  }
  return "vision_model.";
}

/** Class token and patch vectors with their positions, normalised: (batch * (1 + patches), hidden). */
function embed(tower: Tower, pixels: Value, prefix: string): Value {
  const { g, spec, batch } = tower;
  const { hiddenSize, patchSize } = spec;
  const patches = clipPatches(spec);
  const kernel = weight(tower, `${prefix}embeddings.patch_embedding.weight`, [hiddenSize, 3, patchSize, patchSize]);
  const grid = reshape(g, patchConv(g, pixels, kernel), [0, hiddenSize, patches], [batch, hiddenSize, patches]);
  // The class token is the same for every image, so it comes in as a part of its position's vector.
  const vectors = pad(g, transpose(g, grid, [0, 2, 1]), { axis: 1, before: 1 });
  const classToken = weight(tower, `${prefix}${CLASS_EMBEDDING}`, [hiddenSize]);
  const first = pad(g, reshape(g, classToken, [1, hiddenSize], [1, hiddenSize]), { axis: 0, behind: patches });
  const positions = weight(tower, `${prefix}embeddings.position_embedding.weight`, [patches + 1, hiddenSize]);
  const tokens = add(g, vectors, add(g, positions, first)); // (batch, 1 + patches, hidden)
  const rows = reshape(g, tokens, [-1, hiddenSize], [rowsOf(tower, patches + 1), hiddenSize]);
  // "pre_layrnorm" is how the checkpoints spell it.
  return norm(tower, rows, `${prefix}pre_layrnorm`);
}

function norm(tower: Tower, x: Value, name: string): Value {
  const { hiddenSize, epsilon } = tower.spec;
  const parameter = (part: string): Value => weight(tower, `${name}.${part}`, [hiddenSize]);
  return layerNorm(tower.g, x, parameter("weight"), parameter("bias"), epsilon);
}

function encoderLayer(tower: Tower, hidden: Value, prefix: string): Value {
  const { g, spec } = tower;
  const attended = add(g, hidden, attention(tower, norm(tower, hidden, `${prefix}layer_norm1`), prefix));
  const normed = norm(tower, attended, `${prefix}layer_norm2`);
  const wide = layer(tower, normed, `${prefix}mlp.fc1`, spec.intermediateSize);
  return add(g, attended, layer(tower, ACTIVATIONS[spec.activation](g, wide), `${prefix}mlp.fc2`, spec.hiddenSize));
}

function layer(context: GraphContext, x: Value, name: string, outputs: number): Value {
  return linear(context, x, { name: `${name}.weight`, outputs, bias: `${name}.bias` });
}

/**
 * softmax(q k^T / sqrt(headDim)) v per image and head, x (batch * tokens, hidden). Written out, because the WebGPU provider's fused
 * attention is wrong for more than 31 tokens on devices whose subgroups are small.
 */
function attention(tower: Tower, x: Value, prefix: string): Value {
  const { g, target, spec, batch } = tower;
  const { hiddenSize, heads } = spec;
  const tokens = clipPatches(spec) + 1;
  const headDim = hiddenSize / heads;
  const perHead = (name: string, perm: readonly number[]): Value => {
    const flat = layer(tower, x, `${prefix}self_attn.${name}_proj`, hiddenSize);
    return transpose(g, reshape(g, flat, [-1, tokens, heads, headDim], [batch, tokens, heads, headDim]), perm);
  };
  const scale = new Uint8Array(Float32Array.of(headDim ** -0.5).buffer);
  const scaling = cast(g, g.constant("attention_scale", "float32", [], scale), target.compute);
  const query = mul(g, perHead("q", [0, 2, 1, 3]), scaling);
  const weights = softmax(g, matMul(g, query, perHead("k", [0, 2, 3, 1])));
  const mixed = transpose(g, matMul(g, weights, perHead("v", [0, 2, 1, 3])), [0, 2, 1, 3]);
  const flat = reshape(g, mixed, [-1, hiddenSize], x.shape);
  return layer(tower, flat, `${prefix}self_attn.out_proj`, hiddenSize);
}
