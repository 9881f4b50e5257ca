import { constants, type Stats } from "node:fs";
import { lstat, open, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError } from "../errors.js";
import { writeTextAtomically } from "./file-writer.js";
import { makeFolder } from "./make-folder.js";
import { withFile } from "./positioned-file.js";
import { orUndefined } from "./process-identity.js";
import { kindOf } from "./regular-file.js";
import { describeSystemError } from "./system-error.js";

/** How the title of every page of this tool begins, and how far down it may stand, in bytes. */
const [TITLE, HEAD_BYTES] = ["<title>langbridge ", 4096];

/** How files of a table begin; those of CSV by the names of their first columns. */
const TABLE =
  /^(?:<!-- langbridge |% langbridge |\{\s*"format": "langbridge-(?!results|run)|question_id,picture,group,)/;

/** How a report reaches the place that was asked for. */
type Destination =
  | { readonly way: "file"; readonly path: string }
  /** A pipe, a terminal or another device that takes what is written to it. */
  | { readonly way: "stream"; readonly path: string };

/**
 * Writes a page or a table of this tool to a file that the user named. An earlier one there is replaced, also behind a link; a pipe or a
 * device such as /dev/stdout takes it as a stream; everything else that is there stays.
 *
 * @throws InputError naming what lies there when it would be lost
 */
export async function writeReportFile(path: string, text: string): Promise<void> {
  const destination = await checkReportFile(path);
  if (destination.way === "file") return writeTextAtomically(destination.path, text);
  try {
    await appendTo(destination.path, text);
  } catch (error) {
    throw describeSystemError(error, path, "cannot be written");
  }
}

/** The first opening does not wait for the reader of a pipe, who may never come; the second one waits while the pipe is full. */
async function appendTo(path: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_APPEND;
  const probe = await open(path, flags | (constants.O_NONBLOCK ?? 0));
  try {
    const handle = await open(path, flags);
    await handle.writeFile(text).finally(() => handle.close());
  } finally {
    await probe.close();
  }
}

/**
 * Finds out before any work whether a report can be written to `path`, and makes the folder of it.
 *
 * @throws what `writeReportFile` throws
 */
export async function checkReportFile(path: string): Promise<Destination> {
  await makeFolder(dirname(path));
  try {
    const stats = await orUndefined(stat(path));
    if (stats === undefined) {
      if ((await orUndefined(lstat(path)))?.isSymbolicLink() !== true) return { way: "file", path };
      throw new InputError(`${path}: is a link that leads nowhere; remove it, or choose another name`);
    }
    if (isStream(stats, path)) return { way: "stream", path };
    if (!stats.isFile())
      throw new InputError(`${path}: is ${kindOf(stats)}, no place for a report; choose another name`);
    if (stats.size > 0 && !(await isReport(path))) {
      throw new InputError(`${path}: is there already and no report of langbridge; choose another name, or remove it`);
    }
    return { way: "file", path: await realpath(path) };
  } catch (error) {
    throw describeSystemError(error, path, "cannot be looked at");
  }
}

/** What /dev/stdout leads to may be a file that the shell has opened: it is written to, not replaced. */
const isStream = (stats: Stats, path: string): boolean =>
  stats.isFIFO() || stats.isCharacterDevice() || (stats.isFile() && /^\/(dev|proc)\//.test(resolve(path)));

const isReport = (path: string): Promise<boolean> =>
  withFile(path, async (file) => {
    const head = (await file.read(0, Math.min(file.size, HEAD_BYTES))).toString("latin1");
    return (head.startsWith("<!doctype html>") && head.includes(TITLE)) || TABLE.test(head);
  });
