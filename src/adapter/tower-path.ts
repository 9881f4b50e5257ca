import { isAbsolute, relative, resolve } from "node:path";

/** A tower is named by a path or by `org/name`; a leading "./" or "../" tells a relative path from that. */
const RELATIVE_PATH = /^\.{1,2}(?:[\\/]|$)/;

/**
 * `mm_vision_tower` of one folder's config.json, spelled so that it names the same tower from another folder. Names in the
 * Hugging Face cache and absolute paths stay as they are.
 */
export function moveVisionTower(tower: string, { from, to }: { readonly from: string; readonly to: string }): string {
  if (!RELATIVE_PATH.test(tower)) return tower;
  const moved = relative(to, resolve(from, tower)).replaceAll("\\", "/");
  return isAbsolute(moved) || RELATIVE_PATH.test(moved) ? moved : `./${moved}`;
}
