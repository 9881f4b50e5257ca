import { realpath } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { InputError } from "../errors.js";
import { writeFileAtomically } from "./file-writer.js";
import { exists, realPath } from "./look.js";
import { withFile } from "./positioned-file.js";
import { streamBytes } from "./stream-bytes.js";
import { describeSystemError } from "./system-error.js";

/*
 * What is read here goes into a folder that its user may publish. A model's folder may come from anywhere, and a link in it may lead
 * to anything that the user can read: such a link is refused. Weights are not concerned: they are read as numbers of checked shape.
 */

/** Where the files of a Hugging Face cache really lie; its snapshots, and older downloads, are links to them. */
const BLOB = /[\\/]models--[^\\/]+[\\/]blobs[\\/][0-9a-f]{40,64}$/;

/**
 * Checks that `path`, where it is a link, stays inside its folder or leads into a Hugging Face cache.
 *
 * @throws InputError when it leads elsewhere
 */
export async function requireInFolder(path: string): Promise<void> {
  const real = await realPath(path);
  if (real.startsWith((await folderOf(path)) + sep) || BLOB.test(real)) return;
  throw new InputError(
    `${path}: is a link that leads out of its folder, to ${real}, and what is read there would be written on; put the file itself into the folder`,
  );
}

async function folderOf(path: string): Promise<string> {
  try {
    return await realpath(dirname(path));
  } catch (error) {
    throw describeSystemError(error, path, "cannot be read");
  }
}

/** The same of those of `names` that `folder` holds. */
export async function requireAllInFolder(folder: string, names: readonly string[]): Promise<void> {
  for (const path of names.map((name) => join(folder, name))) if (await exists(path)) await requireInFolder(path);
}

/**
 * Copies a regular file to the path `to`.
 *
 * @throws what `requireInFolder` throws
 */
export async function copyTo(path: string, to: string): Promise<void> {
  await requireInFolder(path);
  await withFile(path, async (file) => {
    await writeFileAtomically(to, async (writer) => {
      for await (const chunk of streamBytes(file, file.size, {})) await writer.append(chunk);
    });
  });
}

/** The same into a folder, under its own name. */
export const copyInto = (path: string, folder: string): Promise<void> => copyTo(path, join(folder, basename(path)));
