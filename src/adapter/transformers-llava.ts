import { z } from "zod";
import { SQUARE, transformersTiles, type ImageScheme } from "../image/image-scheme.js";
import { InputError } from "../errors.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { readConfig, unsupported } from "../model/config-fields.js";
import type { SelectFeature } from "../model/vision/vision-family.js";
import { checkProjector, type LinearTensors, type ProjectorWeights } from "../model/projector/projector-graph.js";

/** Ends of the names of the two linear layers; the beginning depends on the release of transformers. */
const LAYERS = ["multi_modal_projector.linear_1", "multi_modal_projector.linear_2"] as const;

const LAYERS_ERROR = { error: `supported: one hidden state of the vision tower, or a list of 1 to 16` };

/** How each of transformers' classes has pictures seen, and what it takes for fields that are left out. */
const CLASSES: Readonly<Record<string, TransformersClass>> = {
  // Its image processor does everything, the padding included.
  llava: { scheme: () => SQUARE, layer: -2, strategy: "default", imageToken: 32_000 },
  llava_next: {
    scheme: (config, where) => transformersTiles(config, where, { pools: false }),
    ...{ layer: -2, strategy: "default", imageToken: 32_000 },
  },
  llava_onevision: {
    scheme: (config, where) => transformersTiles(config, where, { pools: true }),
    ...{ layer: -1, strategy: "full", imageToken: 151_646 },
  },
};

interface TransformersClass {
  readonly scheme: (config: object, where: string) => ImageScheme;
  readonly layer: number;
  readonly strategy: "default" | "full";
  readonly imageToken: number;
}

const schema = z.looseObject({
  model_type: z.enum(Object.keys(CLASSES), { error: `supported: ${Object.keys(CLASSES).join(", ")}` }),
  vision_feature_layer: z
    .union([z.int(), z.array(z.int()).min(1, LAYERS_ERROR).max(16, LAYERS_ERROR)], LAYERS_ERROR)
    .nullish(),
  vision_feature_select_strategy: z.enum(["default", "full"]).nullish(),
  projector_hidden_act: unsupported("gelu"),
  multimodal_projector_bias: unsupported(true),
  image_token_index: z.int().nonnegative().nullish(),
  image_token_id: z.int().nonnegative().nullish(),
});

/** How a LlavaForConditionalGeneration of transformers sees images. Source: transformers, modeling_llava.py. */
export interface LlavaSpec {
  /** Hidden state of the vision tower. */
  readonly selectLayer: number;
  /** Those whose numbers stand behind it, vector by vector. */
  readonly furtherLayers?: readonly number[];
  readonly selectFeature: SelectFeature;
  readonly imageScheme: ImageScheme;
  /** Token that marks the place of an image in a text. */
  readonly imageToken: number;
}

/** Whether a config.json is that of such a folder; LLaVA's first code has the same `model_type` and no parts. */
export const isLlavaConfig = (config: Readonly<Record<string, unknown>>): boolean =>
  Object.hasOwn(CLASSES, String(config["model_type"])) && typeof config["text_config"] === "object";

/**
 * Reads the config.json of such a folder.
 *
 * @throws InputError naming a setting that is not supported
 */
export function readLlava(config: unknown, where: string): LlavaSpec {
  const fields = readConfig(schema, config, where);
  const kind = CLASSES[fields.model_type]!;
  const [selectLayer, ...furtherLayers] = [fields.vision_feature_layer ?? kind.layer].flat() as [number, ...number[]];
  const strategy = fields.vision_feature_select_strategy ?? kind.strategy;
  return {
    selectLayer,
    ...(furtherLayers.length > 0 && { furtherLayers }),
    selectFeature: strategy === "default" ? "not_first" : "cls_patch",
    imageScheme: kind.scheme(fields, where),
    imageToken: fields.image_token_id ?? fields.image_token_index ?? kind.imageToken,
  };
}

/** Whether a folder is transformers' kind and not LLaVA's own: the names of its projector tell. */
export function isTransformersLlava(tensors: Iterable<CheckpointTensor>): boolean {
  for (const { name } of tensors) if (name.endsWith(`${LAYERS[0]}.weight`)) return true;
  return false;
}

/**
 * The projector of such a folder.
 *
 * @throws InputError when a part of it is missing
 */
export function llavaProjector(tensors: Iterable<CheckpointTensor>, where: string): ProjectorWeights {
  const all = [...tensors];
  const find = (name: string): CheckpointTensor => {
    const found = all.find((tensor) => tensor.name.endsWith(name));
    if (found === undefined)
      throw new InputError(`${where}: tensor "${name}" is missing beside the others of its kind`);
    return found;
  };
  const [first, second] = LAYERS.map((name): LinearTensors => {
    return { weight: find(`${name}.weight`), bias: find(`${name}.bias`) };
  });
  const projector: ProjectorWeights = { kind: "mlp2x_gelu", layers: [first!, second!] };
  checkProjector(projector);
  return projector;
}
