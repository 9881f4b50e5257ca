import { isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../errors.js";
import { realPath } from "../files/look.js";
import { readImageFile } from "../image/decode.js";

/** A data URL in base64, which is what clients send pictures as. */
const DATA_URL = /^data:[^,]*;base64,/i;

/** What errors say of a URL: a data URL can be megabytes. */
const SHOWN = 80;

/**
 * The bytes of a picture that a request names: a data URL, or a file below `folder`, as `file:` URL or as a path in it. Nothing is
 * fetched from elsewhere: a request could have the server look at what only the server can reach.
 *
 * @throws InputError for any other URL, and for a file that is not there, lies elsewhere or cannot be read
 */
export async function readRequestedImage(url: string, folder: string | undefined): Promise<Uint8Array> {
  const [start] = DATA_URL.exec(url) ?? [];
  if (start !== undefined) return Buffer.from(url.slice(start.length), "base64");
  const shown = url.slice(0, SHOWN);
  if (/^data:/i.test(url)) throw new InputError(`image_url: ${shown}: expected a data URL in base64`);
  if (/^https?:/i.test(url))
    throw new InputError(`image_url: ${shown}: nothing is fetched; send the picture as a data URL`);
  if (folder === undefined)
    throw new InputError(`image_url: ${shown}: expected a data URL; files are read once --images names a folder`);
  const root = await realPath(folder);
  const path = await existingPath(url, root, shown);
  const below = relative(root, path);
  // Also for a link that leads out of the folder; what lies there is not told.
  if (below === "" || below.startsWith("..") || isAbsolute(below)) throw notThere(shown);
  return readImageFile(path);
}

async function existingPath(url: string, root: string, shown: string): Promise<string> {
  try {
    const path = /^file:/i.test(url) ? fileURLToPath(url) : url;
    return await realPath(isAbsolute(path) ? path : join(root, path));
  } catch {
    throw notThere(shown);
  }
}

const notThere = (shown: string): InputError =>
  new InputError(`image_url: ${shown}: no such file in the folder of --images`);
