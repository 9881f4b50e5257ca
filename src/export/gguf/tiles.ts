import type { Adapter } from "../../adapter/load.js";
import { InputError } from "../../errors.js";

/**
 * llama.cpp puts the overview of a picture last and leaves out the line breaks, so no file makes it see what LLaVA-1.6 was trained on.
 *
 * @throws InputError for an adapter that was trained on several crops of a picture
 */
export function requireNoTiles({ config, path }: Pick<Adapter, "config" | "path">): void {
  const { image_aspect_ratio: ratio } = config;
  if (typeof ratio !== "string" || !ratio.startsWith("anyres")) return;
  throw new InputError(
    `${path}: was trained on several crops of a picture (image_aspect_ratio "${ratio}"), which llama.cpp puts in another order and without line breaks; take an adapter of one picture ("pad" or "square")`,
  );
}
