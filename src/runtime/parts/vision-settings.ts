import type { Adapter } from "../../adapter/load.js";
import { InputError } from "../../errors.js";
import { parseImageAspectRatio, type ImageAspectRatio } from "../../image/preprocess.js";
import { SELECT_FEATURES } from "../../model/vision/vision-family.js";
import type { VisionOptions } from "./vision-tower.js";

/** How an adapter takes images. */
export interface VisionSettings {
  readonly visionOptions: VisionOptions;
  readonly imageAspectRatio: ImageAspectRatio;
  /** `mm_use_im_start_end` of a LLaVA config.json, as it stands there. */
  readonly imageStartEnd?: unknown;
}

/**
 * Reads what an adapter's config.json says about images.
 *
 * @throws InputError for a setting that cannot be run
 */
export function visionSettings({ config, path }: Pick<Adapter, "config" | "path">): VisionSettings {
  const said = config.mm_vision_select_feature;
  const feature = SELECT_FEATURES.find((name) => name === said);
  if (said !== undefined && feature === undefined) {
    throw new InputError(
      `${path}: config.json says mm_vision_select_feature "${said}", expected ${SELECT_FEATURES.join(", ")}`,
    );
  }
  return {
    visionOptions: { selectLayer: config.mm_vision_select_layer, selectFeature: feature },
    imageAspectRatio: parseImageAspectRatio(config.image_aspect_ratio, path),
    imageStartEnd: config["mm_use_im_start_end"],
  };
}
