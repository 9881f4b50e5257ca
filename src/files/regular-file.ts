import { constants, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { InputError } from "../errors.js";
import { refuseLfsPointer } from "./lfs-pointer.js";
import { describeSystemError } from "./system-error.js";

/** An opened file and its size when it was opened, in bytes. */
export interface RegularFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/**
 * Opens a regular file for reading, by whatever links lead to it. A pipe would wait for a writer that may never come, a device may
 * have no end: both are refused without being opened.
 *
 * @param action what errors say cannot be done
 * @throws InputError naming the path and what lies there
 */
export async function openRegularFile(path: string, action: string): Promise<RegularFile> {
  try {
    requireRegular(await stat(path), path);
    // Opened without waiting, for a pipe may have taken the place of the file meanwhile.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return await checkOpened(handle, path);
  } catch (error) {
    throw describeSystemError(error, path, action);
  }
}

/** The size of the opened file; when anything is wrong, the file is closed again. */
export async function checkOpened(handle: FileHandle, path: string): Promise<RegularFile> {
  try {
    const stats = await handle.stat();
    requireRegular(stats, path);
    await refuseLfsPointer(handle, path, stats.size);
    return { handle, size: stats.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function requireRegular(stats: Stats, path: string): void {
  if (stats.isFile()) return;
  throw new InputError(`${path}: is not a regular file but ${kindOf(stats)}; name a file that holds the data itself`);
}

/** What else may lie at a path. */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  if (stats.isSocket()) return "a socket";
  return stats.isSymbolicLink() ? "a symbolic link" : "a device";
}
