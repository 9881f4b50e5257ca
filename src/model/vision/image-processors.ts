import {
  parseImageProcessor as parseOfKinds,
  readImageProcessorConfig,
  type ImageProcessor,
} from "../../image/image-processor.js";
import type { ModelFiles } from "../../files/model-files.js";
import { VISION_FAMILIES } from "./vision-families.js";

const KINDS = VISION_FAMILIES.flatMap(({ imageProcessors }) => imageProcessors);

/**
 * Reads the image processor of a vision tower or LLaVA folder.
 *
 * @throws InputError when there is none, and for a class or a setting that is not supported
 */
export async function loadImageProcessor(folder: string | ModelFiles): Promise<ImageProcessor> {
  const { config, path } = await readImageProcessorConfig(folder);
  return parseImageProcessor(config, path);
}

/** As `loadImageProcessor`, of a config that is read already; `path` names it in errors. */
export const parseImageProcessor = (config: unknown, path: string): ImageProcessor => parseOfKinds(config, path, KINDS);
