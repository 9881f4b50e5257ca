import { isAbsolute, relative, resolve } from "node:path";

/** Towers are named by a path, or by `org/name`, which only a leading "./" or "../" tells from a relative path. */
const RELATIVE_PATH = /^\.{1,2}(?:[\\/]|$)/;

/**
 * `mm_vision_tower` of a folder's config.json as it has to be spelled in another folder, so that it names the same tower
 * from there. Names in the Hugging Face cache and absolute paths stay as they are.
 */
export function moveVisionTower(tower: string, { from, to }: { readonly from: string; readonly to: string }): string {
  if (!RELATIVE_PATH.test(tower)) return tower;
  const moved = relative(to, resolve(from, tower)).replaceAll("\\", "/");
  return isAbsolute(moved) || RELATIVE_PATH.test(moved) ? moved : `./${moved}`;
}
