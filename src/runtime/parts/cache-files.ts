import { join } from "node:path";
import { readSafetensors } from "../../checkpoint/safetensors/read.js";
import { InputError } from "../../errors.js";
import { listFiles } from "../../files/list-files.js";
import { exists, removeFile } from "../../files/look.js";

/** Files of `cachedTensors`: how their tensors are made, and the hash of what they are made of. */
const KEPT = /^(?<recipe>[\w-]+?)(?:-[0-9a-f]{32})+\.safetensors$/;

/** A file of the cache folder. */
export interface CachedFile {
  readonly name: string;
  /** How its tensors were made. */
  readonly recipe: string;
  readonly bytes: number;
}

/** What was worked out once and is kept in a folder. */
export interface CacheListing {
  readonly folder: string;
  readonly files: readonly CachedFile[];
  readonly bytes: number;
}

/**
 * What langbridge keeps in a cache folder; files of anything else there are not listed.
 *
 * @throws InputError when the folder cannot be read
 */
export async function listCache(folder: string): Promise<CacheListing> {
  const all = (await exists(folder)) ? await listFiles(folder) : [];
  const files: CachedFile[] = [];
  for (const { name, bytes } of all) {
    const recipe = KEPT.exec(name)?.groups?.["recipe"];
    if (recipe !== undefined && (await isKept(join(folder, name)))) files.push({ name, recipe, bytes });
  }
  return { folder, files, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

/** Whether a file says that langbridge made it, or is damaged, so that it says nothing and serves nobody. */
async function isKept(path: string): Promise<boolean> {
  try {
    return "made" in (await readSafetensors(path)).metadata;
  } catch (error) {
    if (error instanceof InputError) return true;
    throw error;
  }
}

/**
 * Deletes what `listCache` lists. It is made again when it is needed.
 *
 * @returns what was deleted
 * @throws InputError when a file cannot be removed
 */
export async function clearCache(folder: string): Promise<CacheListing> {
  const listing = await listCache(folder);
  for (const { name } of listing.files) await removeFile(join(folder, name));
  return listing;
}
