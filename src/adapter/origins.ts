/*
 * What a checkpoint's code base takes of its tower, whatever its config.json says. It is settled when an adapter is opened, so that one
 * that is transferred records it under LLaVA's names.
 */

import { InputError } from "../errors.js";
import { isLlavaConfig, readLlava } from "./transformers-llava.js";

type Config = Readonly<Record<string, unknown>>;

/** A code base, as config.json tells it. */
interface Origin {
  readonly fits: (config: Config) => boolean;
  readonly settle: (config: Config, where: string) => Config;
}

const seesBySiglip = ({ mm_vision_tower: tower }: Config): boolean =>
  typeof tower === "string" && /siglip/i.test(tower);

const ORIGINS: readonly Origin[] = [
  {
    // TinyLLaVA_Factory, tinyllava/model/modeling_tinyllava.py: its "patch" drops the first vector of SigLIP too.
    fits: ({ model_type: type }) => type === "tinyllava",
    settle: (config) => ({
      ...config,
      mm_projector_type: config["connector_type"],
      mm_hidden_size: config["vision_hidden_size"] ?? undefined,
      mm_vision_tower: config["vision_model_name_or_path"],
      mm_vision_select_layer: config["vision_feature_layer"] ?? -2,
      mm_vision_select_feature: config["vision_feature_select_strategy"] === "cls_patch" ? "cls_patch" : "not_first",
    }),
  },
  {
    // TinyLLaVABench, tinyllava/model/multimodal_encoder/siglip_encoder.py: the last state, whatever the config says.
    fits: (config) => /^tiny_llava(?:_|$)/.test(String(config["model_type"])) && seesBySiglip(config),
    settle: (config) => ({ ...config, mm_vision_select_layer: -1, mm_vision_select_feature: "cls_patch" }),
  },
  {
    // Bunny, bunny/model/multimodal_encoder/siglip/siglip_encoder.py: the last state but one, which no config says.
    fits: ({ model_type: type }) => /^bunny-/.test(String(type)),
    settle: (config) => ({ ...config, mm_vision_select_layer: -2, mm_vision_select_feature: "patch" }),
  },
  { fits: isLlavaConfig, settle: settleTransformers },
];

/**
 * A parsed config.json with what its code base takes of the tower, in the words of LLaVA's configs.
 *
 * @throws InputError naming `where` for a setting of transformers' LLaVA that an adapter cannot have
 */
export function settleOrigin(config: Config, where: string): Config {
  return ORIGINS.find(({ fits }) => fits(config))?.settle(config, where) ?? config;
}

/** The whole model of transformers, whose tower lies in the same folder. */
function settleTransformers(config: Config, where: string): Config {
  const { selectLayer, furtherLayers, selectFeature, imageScheme } = readLlava(config, where);
  if (furtherLayers !== undefined) {
    throw new InputError(
      `${where}: vision_feature_layer lists ${1 + furtherLayers.length} hidden states, expected one: an adapter's config.json has no place for more; --model of eval, ask and serve runs the whole folder`,
    );
  }
  const { name, tiles } = imageScheme;
  return {
    ...config,
    mm_projector_type: "mlp2x_gelu",
    mm_vision_tower: ".",
    mm_vision_select_layer: selectLayer,
    mm_vision_select_feature: selectFeature,
    image_aspect_ratio: name,
    // LLaVA's configs give the width of a grid first.
    ...(tiles && {
      image_grid_pinpoints: tiles.grids.sizes.map(({ height, width }) => [width, height]),
      mm_patch_merge_type: tiles.merge,
    }),
  };
}
