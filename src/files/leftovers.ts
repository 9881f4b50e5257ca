import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { exists } from "./look.js";
import { isAlive, orUndefined } from "./process-identity.js";
import { hasCode } from "./system-error.js";
import { parseTemporary, shortName, type TemporaryName } from "./temporary-sibling.js";

/** After so many milliseconds a leftover of another machine or container, whose process cannot be looked up, belongs to nobody. */
const ABANDONED_MS = 24 * 3600 * 1000;

/**
 * Finishes what killed runs left in the folder of `path` under hidden names. Half-written outputs are deleted. An output that
 * was moved aside comes back, or gives way to the new one, as it would have without the kill. Nothing of a living run is
 * touched.
 */
export async function tidyLeftovers(path: string): Promise<void> {
  const writes = new Map<string, Leftover[]>();
  for (const leftover of await listLeftovers(dirname(path))) {
    writes.set(leftover.write, [...(writes.get(leftover.write) ?? []), leftover]);
  }
  for (const leftovers of writes.values()) {
    if (await isNobodys(leftovers)) await finish(leftovers, path);
  }
}

/** The same only where `path` is missing and a leftover bears its name: a kill between two renames hid it. */
export async function recoverOutput(path: string): Promise<void> {
  if (await exists(path)) return;
  const name = shortName(basename(path));
  if ((await listLeftovers(dirname(path))).some(({ base }) => base === name)) await tidyLeftovers(path);
}

interface Leftover extends TemporaryName {
  readonly path: string;
}

async function listLeftovers(folder: string): Promise<Leftover[]> {
  // A folder that is missing or may not be read holds no leftovers.
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const parsed = parseTemporary(name);
    return parsed === undefined ? [] : [{ ...parsed, path: join(folder, name) }];
  });
}

async function isNobodys(leftovers: readonly Leftover[]): Promise<boolean> {
  const alive = await isAlive(leftovers[0]!.owner);
  if (alive !== undefined) return !alive;
  const touched = await Promise.all(leftovers.map(({ path }) => lastTouch(path)));
  return Date.now() - Math.max(...touched) > ABANDONED_MS;
}

/** When something was last written there, in a folder or its files. */
async function lastTouch(path: string): Promise<number> {
  const names = await readdir(path).catch(() => []);
  const stats = await Promise.all(
    [path, ...names.map((name) => join(path, name))].map((each) => orUndefined(stat(each))),
  );
  return stats.reduce((latest, each) => Math.max(latest, each?.mtimeMs ?? 0), 0);
}

/** Another process may do the same at the same time; a file that is gone already is what was wanted. */
async function finish(leftovers: readonly Leftover[], path: string): Promise<void> {
  const { partial, replaced, removed } = Object.fromEntries(leftovers.map((each) => [each.kind, each]));
  try {
    if (removed !== undefined) await remove(removed);
    if (replaced !== undefined) await finishReplacement(replaced, partial, path);
    else if (partial !== undefined) await remove(partial);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTEMPTY", "EEXIST", "EACCES", "EPERM")) throw error;
  }
}

/** An old output is only moved aside once the new one is whole and on the disk, so the new one takes its place. */
async function finishReplacement(old: Leftover, next: Leftover | undefined, path: string): Promise<void> {
  const target = targetOf(old, path);
  if (target === undefined) return;
  if (!(await exists(target))) await rename((next ?? old).path, target);
  else if (next !== undefined) await remove(next);
  // Never deleted under a name that says it may come back.
  const goner = old.path.replace(/replaced$/, "removed");
  await rename(old.path, goner);
  await rm(goner, { recursive: true, force: true });
}

/** The name of the output; undefined where only another run that writes to it can know. */
function targetOf({ path: hidden, base }: Leftover, path: string): string | undefined {
  if (shortName(basename(path)) === base) return path;
  return CUT.test(base) ? undefined : join(dirname(hidden), base);
}

const CUT = /~[0-9a-f]{16}$/;

const remove = ({ path }: Leftover): Promise<void> => rm(path, { recursive: true, force: true });
