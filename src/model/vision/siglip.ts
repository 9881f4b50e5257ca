import { z } from "zod";
import type { ImageProcessorKind } from "../../image/image-processor.js";
import type { Value } from "../../onnx/graph.js";
import { add, gelu, geluTanh, reshape } from "../../onnx/operators.js";
import { layerCount, orElse, readConfig, requireDivisor, size, unsupported } from "../config-fields.js";
import { weight } from "../graph-context.js";
import { patchVectors } from "./embed-patches.js";
import { encoderLayer, rowsOf, type Activations } from "./encoder-layer.js";
import { patchesPerSide, type Tower, type VisionFamily } from "./vision-family.js";

const ACTIVATIONS = { gelu_pytorch_tanh: geluTanh, gelu } as const satisfies Activations;

const fields = z.looseObject({
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  image_size: size,
  patch_size: size,
  num_channels: unsupported(3),
  hidden_act: orElse(z.enum(["gelu_pytorch_tanh", "gelu"]), "gelu_pytorch_tanh"),
  layer_norm_eps: orElse(z.number().positive(), 1e-6),
});

const siglipProcessor: ImageProcessorKind = {
  names: ["SiglipImageProcessor", "SiglipImageProcessorFast", "SiglipImageProcessorPil"],
  defaults: {
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    size: { height: 224, width: 224 },
    filter: "bicubic",
  },
};

/** Its mean and deviation are CLIP's where a file says nothing. Source: transformers, image_processing_llava_onevision.py. */
const onevisionProcessor: ImageProcessorKind = {
  names: ["LlavaOnevisionImageProcessor", "LlavaOnevisionImageProcessorFast", "LlavaOnevisionImageProcessorPil"],
  defaults: {
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
    size: { height: 384, width: 384 },
    filter: "bicubic",
  },
  padsBatch: true,
};

/** CLIP has no bias here, and text sides have no patches. */
const PATCH_BIAS = "embeddings.patch_embedding.bias";

/**
 * Google's SigLIP, and SigLIP 2 at a fixed resolution: no class token, no norm in front of the layers. The pooling head and the norm
 * behind the last layer make no hidden state. Source: transformers, modeling_siglip.py.
 */
export const siglip: VisionFamily = {
  name: "siglip",
  modelType: "siglip_vision_model",
  wholeModelTypes: ["siglip"],
  defaults: {
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    image_size: 224,
    patch_size: 16,
  },
  imageProcessors: [siglipProcessor, onevisionProcessor],
  classTokens: 0,
  leftOut: { vision_use_head: false },
  inMmproj: false,
  tensors: {
    landmark: PATCH_BIAS,
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

/** Patch vectors with their positions: (batch * patches, hidden). */
function embed(tower: Tower, pixels: Value): Value {
  const { g, spec, prefix } = tower;
  const { hiddenSize, patchSize } = spec;
  const patches = patchesPerSide(spec) ** 2;
  const kernel = weight(tower, `${prefix}embeddings.patch_embedding.weight`, [hiddenSize, 3, patchSize, patchSize]);
  const bias = weight(tower, prefix + PATCH_BIAS, [hiddenSize]);
  const positions = weight(tower, `${prefix}embeddings.position_embedding.weight`, [patches, hiddenSize]);
  const vectors = add(g, patchVectors(tower, pixels, kernel, bias), positions); // (batch, patches, hidden)
  return reshape(g, vectors, [-1, hiddenSize], [rowsOf(tower, patches), hiddenSize]);
}
