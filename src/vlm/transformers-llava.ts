import { z } from "zod";
import { InputError } from "../errors.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { orElse, readConfig, unsupported } from "../model/config-fields.js";
import type { SelectFeature } from "../model/vision/vision-family.js";
import { checkProjector, type LinearTensors, type ProjectorWeights } from "../model/projector/projector-graph.js";

/** Ends of the names of the two linear layers; the beginning depends on the release of transformers. */
const LAYERS = ["multi_modal_projector.linear_1", "multi_modal_projector.linear_2"] as const;

const layer = z.int({ error: "supported: one hidden state of the vision tower" });

const schema = z.looseObject({
  vision_feature_layer: orElse(
    z.union([layer, z.tuple([layer]).transform(([only]) => only)], {
      error: "supported: one hidden state of the vision tower",
    }),
    -2,
  ),
  vision_feature_select_strategy: orElse(z.enum(["default", "full"]), "default"),
  projector_hidden_act: unsupported("gelu"),
  multimodal_projector_bias: unsupported(true),
  image_token_index: z.int().nonnegative().nullish(),
  image_token_id: z.int().nonnegative().nullish(),
});

/** How a LlavaForConditionalGeneration of transformers sees images. Source: transformers, modeling_llava.py. */
export interface LlavaSpec {
  /** Hidden state of the vision tower. */
  readonly selectLayer: number;
  readonly selectFeature: SelectFeature;
  /** Token that marks the place of an image in a text. */
  readonly imageToken: number;
}

/** What `image_token_index` is when it is absent. */
const DEFAULT_IMAGE_TOKEN = 32_000;

/**
 * Reads the config.json of such a folder.
 *
 * @throws InputError naming a setting that is not supported
 */
export function readLlava(config: unknown, where: string): LlavaSpec {
  const fields = readConfig(schema, config, where);
  return {
    selectLayer: fields.vision_feature_layer,
    selectFeature: fields.vision_feature_select_strategy === "default" ? "not_first" : "cls_patch",
    imageToken: fields.image_token_id ?? fields.image_token_index ?? DEFAULT_IMAGE_TOKEN,
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
