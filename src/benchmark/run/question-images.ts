import { join } from "node:path";
import pMap from "p-map";
import { InputError } from "../../errors.js";
import { sha256OfFile } from "../../files/hash.js";
import { exists, isFile } from "../../files/look.js";
import { withFile } from "../../files/positioned-file.js";
import { readImageFile } from "../../image/decode.js";
import type { Benchmark } from "../tasks/benchmark.js";
import type { ImageSource, Item } from "../tasks/item.js";

/** How many files are looked for at once when images are checked before a run. */
const FILES_AT_ONCE = 32;

/** The folder that image names are relative to: the given one, else the first of the benchmark's folders that exists. */
export async function findImageFolder(
  benchmark: Benchmark<unknown>,
  data: string,
  given: string | undefined,
): Promise<string> {
  const home = (await isFile(data)) ? join(data, "..") : data;
  const candidates = given === undefined ? benchmark.imageFolders.map((name) => join(home, name)) : [given];
  for (const folder of candidates) if (await exists(folder)) return folder;
  if (candidates.length === 0) return home;
  throw new InputError(`${candidates[0]}: no such folder; --images DIR says where the images of ${benchmark.name} are`);
}

/** Keys of the images that are missing, in order; each image is looked for once. */
export async function findMissingImages(items: readonly Item<unknown>[], folder: string): Promise<string[]> {
  const images = new Map<string, ImageSource>();
  for (const { image } of items) if (image !== null) images.set(image.key, image);
  const found = await pMap(images.values(), (image) => isThere(image, folder), { concurrency: FILES_AT_ONCE });
  return [...images.keys()].filter((_, index) => !found[index]);
}

const isThere = async ({ file, embedded }: ImageSource, folder: string): Promise<boolean> =>
  embedded !== null || (file !== null && (await exists(join(folder, file))));

/** How many images are compared when a run is resumed: enough to notice another folder with the same names. */
const SAMPLED_IMAGES = 16;

/** SHA-256 of the first image files of a data set, by key; missing ones are left out. */
export async function hashSomeImages(items: readonly Item<unknown>[], folder: string): Promise<Record<string, string>> {
  const files = new Map<string, string>();
  for (const { image } of items) {
    if (files.size === SAMPLED_IMAGES) break;
    if (image?.file != null && image.embedded === null) files.set(image.key, join(folder, image.file));
  }
  const hashes: Record<string, string> = {};
  for (const [key, path] of files) if (await exists(path)) hashes[key] = await sha256OfFile(path);
  return hashes;
}

/** What errors call an image: its file, or its place in the data. */
export const imageName = ({ key, file, embedded }: ImageSource, folder: string): string =>
  embedded !== null || file === null ? `image ${key} of the data` : join(folder, file);

/**
 * The bytes of an image file.
 *
 * @throws InputError when it cannot be read
 */
export async function readImage({ key, file, embedded }: ImageSource, folder: string): Promise<Uint8Array> {
  if (embedded !== null && "read" in embedded) return embedded.read();
  if (embedded !== null) {
    const { path, byteOffset, byteLength } = embedded;
    const text = await withFile(path, (data) => data.read(byteOffset, byteLength));
    return Buffer.from(text.toString("latin1"), "base64");
  }
  if (file === null) throw new InputError(`image ${key}: the data files hold none`);
  return readImageFile(join(folder, file));
}
