import type { Adapter } from "../../adapter/load.js";
import { InputError } from "../../errors.js";
import { parseImageScheme, type ImageScheme } from "../../image/image-scheme.js";
import { SELECT_FEATURES } from "../../model/vision/vision-family.js";
import type { VisionOptions } from "./vision-tower.js";

/** How an adapter takes images. */
export interface VisionSettings {
  readonly visionOptions: VisionOptions;
  readonly imageScheme: ImageScheme;
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
    imageScheme: parseImageScheme(config, path),
    imageStartEnd: config["mm_use_im_start_end"],
  };
}

/**
 * Whether pictures are padded to a square, for what takes one view of each alone.
 *
 * @throws InputError where pictures are cut into tiles; `what` would have to do it too
 */
export function requireOneView(
  { imageScheme }: VisionSettings,
  path: string,
  what: string,
): { readonly pads: boolean } {
  if (imageScheme.tiles === undefined) return { pads: imageScheme.pads === true };
  throw new InputError(
    `${path}: sees pictures in tiles (image_aspect_ratio "${imageScheme.name}"), which ${what} does not; eval, ask and serve do`,
  );
}
