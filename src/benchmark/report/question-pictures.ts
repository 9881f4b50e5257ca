import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { InputError, UnavailableError } from "../../errors.js";
import { exists } from "../../files/look.js";
import { forEachJsonLine } from "../../files/lines.js";
import { sha256OfFile } from "../../files/hash.js";
import { decodeImage } from "../../image/decode.js";
import { pagePicture } from "../../image/page-picture.js";
import { printable } from "../../layout/table.js";
import { readImage } from "../run/question-images.js";
import type { ImageSource } from "../tasks/item.js";
import type { QuestionPicture } from "./questions-data.js";

/** Pictures that a page holds itself: some 8 kB each. Others are shown from their files, as long as these lie where they are. */
const MOST_EMBEDDED = 300;

/** Longer side of an embedded picture, in pixels. */
const EMBEDDED_SIDE = 256;

export interface PicturesOptions {
  /** Pictures by key, those first that a reader wants to see first. */
  readonly images: ReadonlyMap<string, ImageSource>;
  /** Null where there is none, as for a blind run. */
  readonly imageFolder: string | null;
  /** Path of the page. */
  readonly page: string;
  /** Folder that `langbridge explain` wrote, whose page is linked; null for none. */
  readonly explained: string | null;
}

export interface QuestionPictures {
  readonly pictures: readonly QuestionPicture[];
  /** Data URLs of those that are embedded. */
  readonly embedded: readonly string[];
}

/** The pictures of questions for a page: the first ones small in the page itself, the others by the way to their files. */
export async function questionPictures(options: PicturesOptions): Promise<QuestionPictures> {
  const { images, imageFolder, page, explained } = options;
  const links = explained === null ? new Map<string, string>() : await explainedPictures(explained, page);
  const pictures: QuestionPicture[] = [];
  const embedded: string[] = [];
  for (const image of images.values()) {
    const file =
      image.file === null || image.embedded !== null || imageFolder === null ? null : join(imageFolder, image.file);
    const small =
      embedded.length < MOST_EMBEDDED && imageFolder !== null ? await smallPicture(image, imageFolder) : null;
    if (small !== null) embedded.push(small);
    pictures.push({
      name: printable(image.file ?? image.key),
      embedded: small === null ? null : embedded.length - 1,
      address: small !== null || file === null || !(await exists(file)) ? null : addressOf(file, page),
      explained: links.size === 0 || file === null ? null : await linkOf(file, links),
    });
  }
  return { pictures, embedded };
}

/** Null for a picture that is not there or cannot be read: a page without it still tells what was asked. */
async function smallPicture(image: ImageSource, folder: string): Promise<string | null> {
  try {
    return await pagePicture(await decodeImage(await readImage(image, folder)), { side: EMBEDDED_SIDE });
  } catch (error) {
    if (error instanceof InputError || error instanceof UnavailableError) return null;
    throw error;
  }
}

/** The way from the page to a file beside it, as an address. */
const addressOf = (file: string, page: string): string =>
  relative(dirname(resolve(page)), resolve(file))
    .split(sep)
    .map(encodeURIComponent)
    .join("/");

/** Addresses of explained pictures by name and hash: most pictures are told by their names alone, and need not be hashed. */
async function explainedPictures(folder: string, page: string): Promise<ReadonlyMap<string, string>> {
  const lines = join(folder, "patches.jsonl");
  const index = join(folder, "index.html");
  if (!(await exists(lines)) || !(await exists(index))) {
    throw new InputError(`${folder}: holds no page of langbridge explain; name the folder that its --output made`);
  }
  const links = new Map<string, string>();
  await forEachJsonLine(lines, (value, number) => {
    const { file, sha256 } = value as { readonly file?: unknown; readonly sha256?: unknown };
    if (typeof file !== "string" || typeof sha256 !== "string") {
      throw new InputError(`${lines}: line ${number} names no file with its sha256; explain the pictures again`);
    }
    links.set(basename(file), "");
    links.set(sha256, `${addressOf(index, page)}#picture=${number}`);
  });
  return links;
}

const linkOf = async (file: string, links: ReadonlyMap<string, string>): Promise<string | null> =>
  links.has(basename(file)) && (await exists(file)) ? (links.get(await sha256OfFile(file)) ?? null) : null;
