import { z } from "zod";
import type { ImageProcessorKind } from "../../image/image-processor.js";
import type { Value } from "../../onnx/graph.js";
import { add, gelu, pad, quickGelu, reshape } from "../../onnx/operators.js";
import { layerCount, orElse, readConfig, requireDivisor, size, unsupported } from "../config-fields.js";
import { weight } from "../graph-context.js";
import { patchVectors } from "./embed-patches.js";
import { encoderLayer, norm, rowsOf, type Activations } from "./encoder-layer.js";
import { patchesPerSide, type Tower, type VisionFamily } from "./vision-family.js";

const QUICK_GELU_ALPHA = 1.702;

const ACTIVATIONS = {
  quick_gelu: (g, x) => quickGelu(g, x, QUICK_GELU_ALPHA),
  gelu,
} as const satisfies Activations;

const fields = z.looseObject({
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  image_size: size,
  patch_size: size,
  num_channels: unsupported(3),
  hidden_act: orElse(z.enum(["quick_gelu", "gelu"]), "quick_gelu"),
  layer_norm_eps: orElse(z.number().positive(), 1e-5),
});

/** What transformers' CLIPImageProcessor takes for keys that are absent. */
const PROCESSOR_DEFAULTS = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
  size: { shortestEdge: 224 },
  crop: { height: 224, width: 224 },
  filter: "bicubic",
} as const;

const clipProcessor: ImageProcessorKind = {
  names: ["CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPImageProcessorPil", "CLIPFeatureExtractor"],
  defaults: PROCESSOR_DEFAULTS,
};

/** CLIP's with one step more: pad to a square of the mean colour first. Source: transformers, image_processing_llava.py. */
const llavaProcessor: ImageProcessorKind = {
  names: ["LlavaImageProcessor", "LlavaImageProcessorFast", "LlavaImageProcessorPil"],
  defaults: PROCESSOR_DEFAULTS,
  pads: true,
};

/** Its tiles are cut before, so that padding pads the batch alone. Source: transformers, image_processing_llava_next.py. */
const llavaNextProcessor: ImageProcessorKind = {
  names: ["LlavaNextImageProcessor", "LlavaNextImageProcessorFast", "LlavaNextImageProcessorPil"],
  defaults: PROCESSOR_DEFAULTS,
  padsBatch: true,
};

const CLASS_EMBEDDING = "embeddings.class_embedding";

/** OpenAI's CLIP and LAION's. Source: transformers, modeling_clip.py; LLaVA, clip_encoder.py. */
export const clip: VisionFamily = {
  name: "clip",
  modelType: "clip_vision_model",
  wholeModelTypes: ["clip"],
  defaults: {
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    image_size: 224,
    patch_size: 32,
  },
  imageProcessors: [clipProcessor, llavaProcessor, llavaNextProcessor],
  classTokens: 1,
  leftOut: {},
  inMmproj: true,
  tensors: {
    landmark: CLASS_EMBEDDING,
    layers: "encoder.layers.",
    behindLayers: ["post_layernorm.weight", "post_layernorm.bias"],
  },
  read: (config, where) => {
    const own = readConfig(fields, config, where);
    requireDivisor(own, "num_attention_heads", "hidden_size", where);
    return {
      hiddenSize: own.hidden_size,
      intermediateSize: own.intermediate_size,
      layers: own.num_hidden_layers,
      heads: own.num_attention_heads,
      imageSize: own.image_size,
      patchSize: own.patch_size,
      activation: own.hidden_act,
      epsilon: own.layer_norm_eps,
    };
  },
  embed,
  addLayer: (tower, hidden, prefix) => encoderLayer(tower, hidden, prefix, ACTIVATIONS),
};

/** Class token and patch vectors with their positions, normalised: (batch * (1 + patches), hidden). */
function embed(tower: Tower, pixels: Value): Value {
  const { g, spec, prefix } = tower;
  const { hiddenSize, patchSize } = spec;
  const patches = patchesPerSide(spec) ** 2;
  const kernel = weight(tower, `${prefix}embeddings.patch_embedding.weight`, [hiddenSize, 3, patchSize, patchSize]);
  // The class token is the same for every image, so it comes in as a part of its position's vector.
  const vectors = pad(g, patchVectors(tower, pixels, kernel), { axis: 1, before: 1 });
  const classToken = weight(tower, `${prefix}${CLASS_EMBEDDING}`, [hiddenSize]);
  const first = pad(g, reshape(g, classToken, [1, hiddenSize], [1, hiddenSize]), { axis: 0, behind: patches });
  const positions = weight(tower, `${prefix}embeddings.position_embedding.weight`, [patches + 1, hiddenSize]);
  const tokens = add(g, vectors, add(g, positions, first)); // (batch, 1 + patches, hidden)
  const rows = reshape(g, tokens, [-1, hiddenSize], [rowsOf(tower, patches + 1), hiddenSize]);
  // "pre_layrnorm" is how the checkpoints spell it.
  return norm(tower, rows, `${prefix}pre_layrnorm`);
}
