import { existsSync } from "node:fs";
import { readdir, realpath, rm, stat } from "node:fs/promises";
import { describeSystemError, hasCode } from "./system-error.js";

/** Whether something exists at `path`; any other failure to look throws. */
export async function exists(path: string): Promise<boolean> {
  return (await kind(path)) !== undefined;
}

/** Whether a regular file is there, by whatever links lead to it. */
export async function isFile(path: string): Promise<boolean> {
  return (await kind(path))?.isFile() ?? false;
}

async function kind(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw describeSystemError(error, path, "cannot be looked at");
  }
}

/**
 * Whether a folder is there.
 *
 * @throws InputError when nothing is
 */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw describeSystemError(error, path, "cannot be opened");
  }
}

/** Whether a folder is there, told without waiting; false where it cannot be looked at. */
export const isFolderAtOnce = (path: string): boolean => existsSync(`${path}/.`);

/** Names in a folder, sorted by code unit. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw describeSystemError(error, folder, "cannot be listed");
  }
}

/**
 * Where a path leads when every link is followed.
 *
 * @throws InputError when nothing is there
 */
export async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw describeSystemError(error, path, "cannot be read");
  }
}

/** Deletes a folder and what is in it; one that is not there is no error. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw describeSystemError(error, path, "cannot be removed");
  }
}

/** Deletes a file; one that is not there is no error. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw describeSystemError(error, path, "cannot be removed");
  }
}
