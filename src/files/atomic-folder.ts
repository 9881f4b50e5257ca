import { mkdir, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { renameSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { InputError, throwIfAborted } from "../errors.js";
import { checkDiskSpace } from "./disk-space.js";
import { recoverOutput, tidyLeftovers } from "./leftovers.js";
import { isMountPoint } from "./mount-point.js";
import { requireOwnOutput, writeRecord } from "./output-record.js";
import { syncFolder, syncFolderTree } from "./sync-folder.js";
import { describeSystemError, hasCode } from "./system-error.js";
import { temporaryNames, type TemporaryNames } from "./temporary-sibling.js";
import { whileUnfinished } from "./unfinished.js";

export interface FolderOptions {
  /** Replace an earlier output; without it a folder that holds something is an error. */
  readonly force?: boolean | undefined;
  /** What is going to be written, in bytes, checked against the free space first. */
  readonly expectedBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the folder `path` out of what `write` puts into the temporary folder it is given: all of it or nothing.
 * An old folder is moved aside only when the new one is complete and on the disk, and deleted only when that one is in its place;
 * a run that is killed in between is finished by the next one. On any error or interruption nothing new stays, folders made on the
 * way to `path` included.
 *
 * @throws InputError as `checkOutputFolder` does
 * @throws UnavailableError for a full disk, a missing permission or a place that cannot be renamed to
 * @throws InterruptedError once `signal` fires
 */
export async function writeFolderAtomically<Result>(
  path: string,
  write: (temporary: string) => Promise<Result>,
  { force = false, expectedBytes = 0, signal }: FolderOptions = {},
): Promise<Result> {
  const occupied = await checkOutputFolder(path, { force });
  let madeParent: string | undefined;
  let temporary: string | undefined;
  let finished = (): void => undefined;
  try {
    madeParent = await mkdir(dirname(resolve(path)), { recursive: true });
    const target = await realTarget(path);
    await tidyLeftovers(target);
    await checkDiskSpace(dirname(target), expectedBytes);
    throwIfAborted(signal);
    const names = await temporaryNames(target);
    await mkdir(names.partial);
    temporary = names.partial;
    finished = whileUnfinished(temporary);
    const result = await write(temporary);
    await writeRecord(temporary);
    if (occupied) await syncFolderTree(temporary);
    throwIfAborted(signal);
    await (occupied ? replaceFolder(names, target) : moveFolder(temporary, target));
    return result;
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    if (madeParent !== undefined) await removeEmptyFolders(dirname(resolve(path)), madeParent);
    throw withFinalPath(describeSystemError(error, path, "cannot be written"), temporary, path);
  } finally {
    finished();
  }
}

/** The temporary folder is gone when its user reads the message, which therefore names the folder it was to become. */
function withFinalPath(error: Error, temporary: string | undefined, path: string): Error {
  if (temporary !== undefined) error.message = error.message.replaceAll(temporary, path);
  return error;
}

export interface OutputCheckOptions extends Pick<FolderOptions, "force"> {
  /** Folders and files that the new folder is made of; undefined and missing ones are passed over. */
  readonly sources?: readonly (string | undefined)[] | undefined;
}

/**
 * Whether `path` holds something that a new folder would replace; cheap, so that a command can fail early. What a killed run hid
 * there is brought back first.
 *
 * @throws InputError when it does and `force` is not given; when it is no folder, has no name or is a mount point; and when it holds
 *   a source or what this tool did not write: what is replaced is deleted, and one slip must not cost a home directory or an LLM
 */
export async function checkOutputFolder(
  path: string,
  { force = false, sources = [] }: OutputCheckOptions,
): Promise<boolean> {
  if (path === "") throw new InputError("the output folder has an empty name; name one");
  try {
    await recoverOutput(resolve(path));
    const names = await readdir(path);
    if (await isMountPoint(path)) throw mountPoint(path);
    if (names.length === 0) return false;
    if (!force) throw new InputError(`${path}: is not empty; choose another folder, or replace it with --force`);
    await requireNoneInside(path, sources);
    await requireOwnOutput(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    if (hasCode(error, "ENOTDIR"))
      throw new InputError(`${path}: is a file or lies below one; choose a folder`, { cause: error });
    throw describeSystemError(error, path, "cannot be looked at");
  }
}

const mountPoint = (path: string): InputError =>
  new InputError(
    `${path}: is a mount point, which cannot take the place of another folder; choose a folder in it, such as ${join(path, "out")}`,
  );

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

/**
 * Puts the folder under `names.partial` into the place of `to`, which exists: it is moved aside first, put back on failure, deleted
 * at the end. The two renames follow each other at once; the names tell a later run what one that was killed there was about to do.
 */
export async function replaceFolder(names: TemporaryNames, to: string): Promise<void> {
  renameSync(to, names.replaced);
  try {
    renameSync(names.partial, to);
  } catch (error) {
    renameSync(names.replaced, to);
    throw error;
  }
  await syncFolder(dirname(to));
  // Never deleted under a name that says it may come back.
  await rename(names.replaced, names.removed);
  await rm(names.removed, { recursive: true, force: true });
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
