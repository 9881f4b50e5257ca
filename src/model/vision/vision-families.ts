import { z } from "zod";
import { readConfig } from "../config-fields.js";
import { clip } from "./clip.js";
import { siglip } from "./siglip.js";
import type { VisionFamily, VisionSpec } from "./vision-family.js";

/** The vision towers that run; a composite that does not say which it holds has the first. */
export const VISION_FAMILIES: readonly VisionFamily[] = [clip, siglip];

const familyOf = (modelType: unknown): VisionFamily | undefined =>
  VISION_FAMILIES.find((family) => family.modelType === modelType);

const supported = {
  error: `this vision tower cannot be run here, supported: ${VISION_FAMILIES.map(({ name }) => name).join(", ")}`,
};
const towerType = z.looseObject({
  model_type: z.enum(
    VISION_FAMILIES.map(({ modelType }) => modelType),
    supported,
  ),
});

/** Composites that may hold a tower of any family. */
const COMPOSITES = ["llava", "llava_next", "llava_onevision"];
const anyType = z.looseObject({
  model_type: z.enum(
    [...COMPOSITES, ...VISION_FAMILIES.flatMap(({ modelType, wholeModelTypes }) => [modelType, ...wholeModelTypes])],
    supported,
  ),
  vision_config: z.looseObject({}).nullish(),
});

/**
 * Reads the config.json of a vision tower's folder: of the tower alone, of a whole model such as CLIP with its text side, or of a
 * folder of transformers that also holds an LLM. `where` names the folder.
 *
 * @throws InputError for another family or a setting that is not supported, naming it
 */
export function readVision(config: unknown, where: string): VisionSpec {
  const own = towerConfig(readConfig(anyType, config, where));
  const family = familyOf(readConfig(towerType, own, where).model_type)!;
  return { family, ...family.read(own, where) };
}

/** The tower's own part of such a config.json: the whole of it, or the `vision_config` of a composite, with what it leaves out. */
export function towerConfig(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { model_type: outer, vision_config: inner } = config as {
    readonly model_type?: string;
    readonly vision_config?: Readonly<Record<string, unknown>> | null;
  };
  const own = familyOf(outer);
  if (own !== undefined) return { ...own.defaults, ...config };
  const holder = VISION_FAMILIES.find(({ wholeModelTypes }) => wholeModelTypes.includes(outer ?? ""));
  const family = inner?.["model_type"] === undefined ? (holder ?? VISION_FAMILIES[0]!) : familyOf(inner["model_type"]);
  return { ...family?.defaults, ...(family && { model_type: family.modelType }), ...inner };
}
