import type { Dirent } from "node:fs";
import { mkdir, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { InputError, throwIfAborted } from "../errors.js";
import { checkDiskSpace } from "./disk-space.js";
import { syncFolder, syncFolderTree } from "./sync-folder.js";
import { describeSystemError } from "./system-error.js";
import { temporarySibling } from "./temporary-sibling.js";

export interface FolderOptions {
  /** Replace a folder that holds something; without it that is an error. */
  readonly force?: boolean | undefined;
  /** Names of folders that an earlier output may hold, of files alone; any other is nothing that is replaced. */
  readonly inner?: readonly string[] | undefined;
  /** What is going to be written, in bytes, checked against the free space first. */
  readonly expectedBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the folder `path` out of what `write` puts into the temporary folder it is given: all of it or nothing.
 * An old folder is moved aside only when the new one is complete and on the disk, and deleted only when that one is in
 * its place. On any error or interruption nothing new stays, folders made on the way to `path` included.
 * Throws InputError when `path` is a file or a folder that is not empty; UnavailableError for a full disk or a missing
 * permission; InterruptedError once `signal` fires; and what `write` throws.
 */
export async function writeFolderAtomically<Result>(
  path: string,
  write: (temporary: string) => Promise<Result>,
  { force = false, inner, expectedBytes = 0, signal }: FolderOptions = {},
): Promise<Result> {
  const occupied = await checkOutputFolder(path, { force, inner });
  let madeParent: string | undefined;
  let temporary: string | undefined;
  try {
    madeParent = await mkdir(dirname(resolve(path)), { recursive: true });
    const target = await realTarget(path);
    await checkDiskSpace(dirname(target), expectedBytes);
    throwIfAborted(signal);
    const folder = temporarySibling(target, "partial");
    await mkdir(folder);
    temporary = folder;
    const result = await write(folder);
    if (occupied) await syncFolderTree(folder);
    throwIfAborted(signal);
    await (occupied ? replaceFolder(folder, target) : moveFolder(folder, target));
    return result;
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    if (madeParent !== undefined) await removeEmptyFolders(dirname(resolve(path)), madeParent);
    throw withFinalPath(describeSystemError(error, path, "cannot be written"), temporary, path);
  }
}

/** The temporary folder is gone when its user reads the message, which therefore names the folder it was to become. */
function withFinalPath(error: Error, temporary: string | undefined, path: string): Error {
  if (temporary !== undefined) error.message = error.message.replaceAll(temporary, path);
  return error;
}

export interface OutputCheckOptions extends Pick<FolderOptions, "force" | "inner"> {
  /** Folders and files that the new folder is made of; undefined and missing ones are passed over. */
  readonly sources?: readonly (string | undefined)[] | undefined;
}

/**
 * Whether `path` holds something that a new folder would replace; cheap, so that a command can fail early.
 * Throws InputError when it does and `force` is not given, when it is no folder or has no name, and when it holds folders or a
 * source: what is replaced is deleted, and one slip must not cost a home directory or an LLM.
 */
export async function checkOutputFolder(
  path: string,
  { force = false, inner = [], sources = [] }: OutputCheckOptions,
): Promise<boolean> {
  if (path === "") throw new InputError("the output folder has an empty name; name one");
  let entries: readonly Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    if (code === "ENOTDIR")
      throw new InputError(`${path}: is a file or lies below one; choose a folder`, { cause: error });
    throw describeSystemError(error, path, "cannot be looked at");
  }
  if (entries.length > 0 && !force) {
    throw new InputError(`${path}: is not empty; choose another folder, or replace it with --force`);
  }
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    if (inner.includes(name) && (await holdsFilesOnly(join(path, name)))) continue;
    throw new InputError(
      `${path}: holds the folder "${name}", so it is no earlier output and --force does not replace it; remove it yourself`,
    );
  }
  if (entries.length > 0) await requireNoneInside(path, sources);
  return entries.length > 0;
}

async function requireNoneInside(path: string, sources: readonly (string | undefined)[]): Promise<void> {
  const folder = await realpath(path);
  for (const source of sources) {
    // What is missing is for its reader to name.
    const places = source ? await placesOf(source) : [];
    if (!places.some((place) => place === folder || place.startsWith(folder + sep))) continue;
    throw new InputError(
      `${path}: replacing it would delete ${source}, which the new folder is made of; choose another folder`,
    );
  }
}

/** Where a path leads and, for a link, where it stands, which would be deleted too; none where there is nothing. */
async function placesOf(path: string): Promise<string[]> {
  try {
    return [await realpath(path), join(await realpath(dirname(resolve(path))), basename(resolve(path)))];
  } catch {
    return [];
  }
}

async function holdsFilesOnly(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.every((entry) => entry.isFile());
}

/** An existing folder behind a symbolic link is replaced itself, not the link. */
async function realTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return join(await realpath(dirname(resolve(path))), basename(path));
  }
}

async function moveFolder(from: string, to: string): Promise<void> {
  await rmdir(to).catch(() => undefined); // An empty one; POSIX would replace it, Windows does not.
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Renames the folder `from` to `to`, which exists; it is moved aside first, put back on failure, deleted at the end. */
export async function replaceFolder(from: string, to: string): Promise<void> {
  const old = temporarySibling(to, "replaced");
  await rename(to, old);
  try {
    await rename(from, to);
  } catch (error) {
    await rename(old, to);
    throw error;
  }
  await syncFolder(dirname(to));
  await rm(old, { recursive: true, force: true });
}

/** Removes the folders from `deepest` up to `first` as long as they are empty. */
async function removeEmptyFolders(deepest: string, first: string): Promise<void> {
  for (let folder = deepest; folder.startsWith(first); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}
