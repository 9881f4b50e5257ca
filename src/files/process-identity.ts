import { createHash } from "node:crypto";
import { readFile, readlink, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { hasCode } from "./system-error.js";

/** A process, told from any other of this machine and of all machines that share a disk with it. */
export interface ProcessIdentity {
  /** Hash of the machine's name and of what numbers its processes: each container numbers its own. */
  readonly machine: string;
  readonly pid: number;
  /** When it began, in ticks of the system since it was started; tells it from a later one with its number. Empty where unknown. */
  readonly started: string;
}

let own: Promise<ProcessIdentity> | undefined;

/** This process. */
export const ownIdentity = (): Promise<ProcessIdentity> => (own ??= findOwn());

async function findOwn(): Promise<ProcessIdentity> {
  const { pid } = process;
  const [started, numbering] = await Promise.all([startOf(pid), orUndefined(readlink("/proc/self/ns/pid"))]);
  const machine = createHash("sha256")
    .update(`${hostname()}\0${numbering ?? ""}`)
    .digest("hex")
    .slice(0, MACHINE_LENGTH);
  return { machine, pid, started: started ?? "" };
}

/** Hexadecimal digits that tell machines apart. */
export const MACHINE_LENGTH = 8;

/** Whether a process lives; undefined for one of another machine or container, which cannot be looked up. */
export async function isAlive({ machine, pid, started }: ProcessIdentity): Promise<boolean | undefined> {
  return machine === (await ownIdentity()).machine ? livesHere(pid, started) : undefined;
}

/** Whether a process of this machine lives that began then; any of its number where `started` is empty. */
export async function livesHere(pid: number, started: string): Promise<boolean> {
  const start = await startOf(pid);
  if (start !== undefined) return started === "" || start === started;
  return (await hasProc()) ? false : answersSignals(pid);
}

/** When a process of this machine began, as `ProcessIdentity.started`; undefined for a dead one and without /proc. */
export async function startOf(pid: number): Promise<string | undefined> {
  const text = await orUndefined(readFile(`/proc/${pid}/stat`, "utf8"));
  // The second field is the program's name in brackets, which may hold anything; the third is Z for a process that has ended.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

const hasProc = async (): Promise<boolean> => (await orUndefined(stat("/proc/self/stat"))) !== undefined;

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/** Undefined for a file, or a process, that is not there. */
export async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ESRCH")) return undefined;
    throw error;
  }
}
