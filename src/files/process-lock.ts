import { randomBytes } from "node:crypto";
import { open, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { InputError } from "../errors.js";
import { livesHere, orUndefined, startOf } from "./process-identity.js";
import { readWholeFile } from "./read-whole.js";
import { describeSystemError } from "./system-error.js";
import { whileUnfinished } from "./unfinished.js";

/** A holder touches its lock this often, in milliseconds. */
const BEAT_MS = 5_000;

/** A lock of another machine that was not touched for so long is a dead process's: a dozen beats may be late. */
const STALE_MS = 60_000;

/** How long `waitForLock` waits: longer than a dead process on another machine is believed. */
const PATIENCE_MS = 2 * STALE_MS;

/** How often it looks. */
const LOOK_MS = 20;

/** A lock without content is being written, or its process was killed while it wrote. Writing takes less than this. */
const WRITING_MS = 200;

const holderSchema = z.object({ host: z.string(), pid: z.int(), started: z.string() });

/** Who holds a lock. `started` tells a process from a later one with its number; empty where the system does not say. */
type Holder = Readonly<z.output<typeof holderSchema>>;

/** A lock that this process holds. */
export interface ProcessLock {
  release(): Promise<void>;
}

/**
 * Takes a lock file, so that no second process does the same work. The lock of a process that was killed does not count: on
 * this machine its number and start are looked up, on others (a shared disk) its lock is no longer touched.
 *
 * @throws InputError when a living process holds it, naming `what` and the process
 */
export async function acquireLock(path: string, what: string): Promise<ProcessLock> {
  const text = JSON.stringify({ host: hostname(), pid: process.pid, started: (await startOf(process.pid)) ?? "" });
  try {
    while (!(await create(path, text))) await removeStale(path, what);
  } catch (error) {
    throw describeSystemError(error, path, "cannot be locked");
  }
  const released = whileUnfinished(path);
  const beat = setInterval(() => void touch(path, text), BEAT_MS);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      released();
      await rm(path, { force: true });
    },
  };
}

/**
 * Takes a lock that others hold for moments only, and waits for them.
 *
 * @throws as `acquireLock` does when one takes minutes
 */
export async function waitForLock(path: string, what: string): Promise<ProcessLock> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await acquireLock(path, what);
    } catch (error) {
      if (!(error instanceof HeldError) || Date.now() > deadline) throw error;
    }
    await sleep(LOOK_MS);
  }
}

/**
 * Checks that no living process holds the lock; takes nothing and removes nothing.
 *
 * @throws what `acquireLock` throws when one does
 */
export async function checkUnheld(path: string, what: string): Promise<void> {
  try {
    await readUnheld(path, what);
  } catch (error) {
    throw describeSystemError(error, path, "cannot be looked at");
  }
}

/** False when the file is there already. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** A living process holds the lock; `waitForLock` tries again. */
class HeldError extends InputError {}

/**
 * The text of a dead process's lock; undefined for a lock that was released.
 *
 * @throws HeldError for the lock of a living process
 */
async function readUnheld(path: string, what: string): Promise<string | undefined> {
  const text = await readLock(path);
  const holder = text === undefined ? undefined : parseHolder(text);
  if (holder !== undefined && (await isHeld(holder, path))) {
    throw new HeldError(`${what}: process ${holder.pid} on ${holder.host} is at work on it; wait for it or end it`);
  }
  return text;
}

/**
 * Removes a dead process's lock.
 *
 * @throws HeldError for the lock of a living process
 */
async function removeStale(path: string, what: string): Promise<void> {
  const text = await readUnheld(path, what);
  if (text === undefined) return;
  // Moved away before it is removed: of two processes that find it stale, the second must not remove the first's new lock.
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readOrUndefined(aside)) !== text) await rename(aside, path);
  else await rm(aside);
}

/** The text of a lock; undefined when it was released meanwhile. */
async function readLock(path: string): Promise<string | undefined> {
  const text = await readOrUndefined(path);
  if (text !== "") return text;
  await sleep(WRITING_MS);
  return readOrUndefined(path);
}

/** Writes the same again, so that the disk's own clock sets the time; a lock that is gone is left so. */
async function touch(path: string, text: string): Promise<void> {
  const file = await open(path, "r+").catch(() => undefined);
  await file?.write(text, 0).catch(() => undefined);
  await file?.close();
}

async function isHeld({ host, pid, started }: Holder, path: string): Promise<boolean> {
  if (host === hostname()) return livesHere(pid, started);
  const touched = await lastTouch(path);
  return touched !== undefined && (await diskTime(path)) - touched < STALE_MS;
}

/** Undefined for a lock that was released meanwhile. */
async function lastTouch(path: string): Promise<number | undefined> {
  return (await orUndefined(stat(path)))?.mtimeMs;
}

/** The present by the clock of the disk, which may be another machine's. */
async function diskTime(path: string): Promise<number> {
  const probe = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(probe, "");
  try {
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

/** Longest lock read, in bytes; a host's name has up to 255. */
const MAX_LOCK_BYTES = 4096;

const readOrUndefined = (path: string): Promise<string | undefined> =>
  orUndefined(readWholeFile(path, { most: MAX_LOCK_BYTES, as: "a lock" }).then(String));

/** Undefined for a file that a dying machine left empty or torn. */
function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
