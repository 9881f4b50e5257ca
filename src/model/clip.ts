import { z } from "zod";
import { InputError } from "../errors.js";
import type { Graph, Value } from "../onnx/graph.js";
import { GraphBuilder } from "../onnx/graph-builder.js";
import {
  add,
  cast,
  concat,
  dropFirst,
  gelu,
  layerNorm,
  matMul,
  mul,
  patchConv,
  quickGelu,
  reshape,
  softmax,
  transpose,
} from "../onnx/operators.js";
import { orElse, readConfig, size, unsupported } from "./config-fields.js";
import { linear, weight, type GraphContext, type GraphTarget } from "./graph-context.js";
import { refuseUnusedInTower } from "./unused-tensors.js";
import type { Weights } from "./weights.js";

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
  const outer = readConfig(composite, config, where);
  const inner = outer.model_type === "clip_vision_model" ? outer : { ...CLASS_DEFAULTS, ...outer.vision_config };
  const fields = readConfig(towerFields, inner, where);
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

export interface ClipGraphOptions {
  readonly spec: ClipSpec;
  readonly weights: Weights;
  readonly target: GraphTarget;
  /** Which hidden state, as transformers counts them: 0 is the embeddings, -1 the last layer's, -2 LLaVA's choice. */
  readonly selectLayer: number;
  /** "patch" drops the class token, "cls_patch" keeps it. */
  readonly selectFeature: "patch" | "cls_patch";
}

/** Number of patch vectors of an image. */
export function clipPatches({ imageSize, patchSize }: ClipSpec): number {
  return Math.floor(imageSize / patchSize) ** 2;
}

/**
 * The graph from `pixel_values` float32 (1, 3, imageSize, imageSize) to `features` float32 (patches, hiddenSize).
 * Only the layers up to the selected one are built. Source: transformers, modeling_clip.py; LLaVA, clip_encoder.py.
 */
export function buildClipGraph({ spec, weights, target, selectLayer, selectFeature }: ClipGraphOptions): Graph {
  const g = new GraphBuilder();
  const context = { g, weights, target };
  const layers = selectLayer < 0 ? spec.layers + 1 + selectLayer : selectLayer;
  if (layers < 0 || layers > spec.layers) {
    throw new InputError(
      `${weights.where}: layer ${selectLayer} was asked for, the vision tower has hidden states 0 to ${spec.layers}`,
    );
  }
  const pixels = g.input("pixel_values", "float32", [1, 3, spec.imageSize, spec.imageSize]);
  const prefix = towerPrefix(weights);
  refuseUnusedInTower(weights, spec.layers, prefix);
  let hidden = embed(context, spec, cast(g, pixels, target.compute), prefix);
  for (let layer = 0; layer < layers; layer++) {
    hidden = encoderLayer(context, spec, hidden, `${prefix}encoder.layers.${layer}.`);
  }
  const features = selectFeature === "patch" ? dropFirst(g, hidden, 0, 1) : hidden;
  g.output(cast(g, features, "float32"), "features");
  return g.finish();
}

const CLASS_EMBEDDING = "embeddings.class_embedding";

/** LLaVA folders put more names before the tower's own. */
function towerPrefix({ tensors }: Weights): string {
  for (const name of tensors.keys()) {
    if (name.endsWith(CLASS_EMBEDDING)) return name.slice(0, -CLASS_EMBEDDING.length);
  }
  return "vision_model.";
}

/** Class token and patch vectors with their positions, normalised: (1 + patches, hidden). */
function embed(context: GraphContext, spec: ClipSpec, pixels: Value, prefix: string): Value {
  const { g } = context;
  const { hiddenSize, patchSize } = spec;
  const patches = clipPatches(spec);
  const kernel = weight(context, `${prefix}embeddings.patch_embedding.weight`, [hiddenSize, 3, patchSize, patchSize]);
  const grid = reshape(g, patchConv(g, pixels, kernel), [hiddenSize, patches], [hiddenSize, patches]);
  const classToken = weight(context, `${prefix}${CLASS_EMBEDDING}`, [hiddenSize]);
  const first = reshape(g, classToken, [1, hiddenSize], [1, hiddenSize]);
  const tokens = concat(g, [first, transpose(g, grid, [1, 0])], 0);
  const positions = weight(context, `${prefix}embeddings.position_embedding.weight`, [patches + 1, hiddenSize]);
  // "pre_layrnorm" is how the checkpoints spell it.
  return norm(context, spec, add(g, tokens, positions), `${prefix}pre_layrnorm`);
}

function norm(context: GraphContext, { hiddenSize, epsilon }: ClipSpec, x: Value, name: string): Value {
  const parameter = (part: string): Value => weight(context, `${name}.${part}`, [hiddenSize]);
  return layerNorm(context.g, x, parameter("weight"), parameter("bias"), epsilon);
}

function encoderLayer(context: GraphContext, spec: ClipSpec, hidden: Value, prefix: string): Value {
  const { g } = context;
  const attended = add(
    g,
    hidden,
    attention(context, spec, norm(context, spec, hidden, `${prefix}layer_norm1`), prefix),
  );
  const normed = norm(context, spec, attended, `${prefix}layer_norm2`);
  const wide = layer(context, normed, `${prefix}mlp.fc1`, spec.intermediateSize);
  return add(g, attended, layer(context, ACTIVATIONS[spec.activation](g, wide), `${prefix}mlp.fc2`, spec.hiddenSize));
}

function layer(context: GraphContext, x: Value, name: string, outputs: number): Value {
  return linear(context, x, { name: `${name}.weight`, outputs, bias: `${name}.bias` });
}

/**
 * softmax(q k^T / sqrt(headDim)) v per head, x (tokens, hidden). Written out, because the WebGPU provider's fused attention
 * is wrong for more than 31 tokens on devices whose subgroups are small.
 */
function attention(context: GraphContext, spec: ClipSpec, x: Value, prefix: string): Value {
  const { g, target } = context;
  const { hiddenSize, heads } = spec;
  const tokens = x.shape[0] as number;
  const headDim = hiddenSize / heads;
  const perHead = (name: string, perm: readonly number[]): Value => {
    const flat = layer(context, x, `${prefix}self_attn.${name}_proj`, hiddenSize);
    return transpose(g, reshape(g, flat, [tokens, heads, headDim], [tokens, heads, headDim]), perm);
  };
  const scale = new Uint8Array(Float32Array.of(headDim ** -0.5).buffer);
  const scaling = cast(g, g.constant("attention_scale", "float32", [], scale), target.compute);
  const query = mul(g, perHead("q", [1, 0, 2]), scaling);
  const weights = softmax(g, matMul(g, query, perHead("k", [1, 2, 0])));
  const mixed = transpose(g, matMul(g, weights, perHead("v", [1, 0, 2])), [1, 0, 2]);
  const flat = reshape(g, mixed, [tokens, hiddenSize], [tokens, hiddenSize]);
  return layer(context, flat, `${prefix}self_attn.out_proj`, hiddenSize);
}
