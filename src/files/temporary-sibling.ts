import { createHash, randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { MACHINE_LENGTH, ownIdentity, type ProcessIdentity } from "./process-identity.js";

/**
 * The kinds of hidden names beside an output: `partial` is to become the output; `replaced` is an older output that is moved
 * aside until the new one is in its place; `removed` is an older output that is being deleted.
 */
export type TemporaryKind = "partial" | "replaced" | "removed";

/** The hidden names that one write uses beside its output, on the same file system, so that they can be renamed. */
export type TemporaryNames = Readonly<Record<TemporaryKind, string>>;

/** A hidden name, taken apart. */
export interface TemporaryName {
  /** Name of the output; cut where it was too long. */
  readonly base: string;
  readonly owner: ProcessIdentity;
  /** The same for the names of one write. */
  readonly write: string;
  readonly kind: TemporaryKind;
}

/** Names may have 255 bytes; what is put around takes up to 60. */
const MAX_BASE_BYTES = 180;

/** Unused hidden names beside `path`, which say whose they are. */
export async function temporaryNames(path: string): Promise<TemporaryNames> {
  const { machine, pid, started } = await ownIdentity();
  const stem = `.${shortName(basename(path))}.${machine}-${pid}-${started}-${randomBytes(6).toString("hex")}`;
  const name = (kind: TemporaryKind): string => join(dirname(path), `${stem}.${kind}`);
  return { partial: name("partial"), replaced: name("replaced"), removed: name("removed") };
}

const HIDDEN = new RegExp(
  `^\\.(?<base>.+)\\.(?<write>(?<machine>[0-9a-f]{${MACHINE_LENGTH}})-(?<pid>\\d+)-(?<started>\\d*)-[0-9a-f]{12})\\.(?<kind>partial|replaced|removed)$`,
  "s",
);

/** What a hidden name of this tool says; undefined for any other name. */
export function parseTemporary(name: string): TemporaryName | undefined {
  const found = HIDDEN.exec(name)?.groups as Readonly<Record<string, string>> | undefined;
  if (found === undefined) return undefined;
  const { base, write, machine, pid, started, kind } = found as Record<string, string>;
  const owner = { machine: machine!, pid: Number(pid), started: started! };
  return { base: base!, owner, write: write!, kind: kind as TemporaryKind };
}

/** The name of an output as part of a hidden name: whole, unless the file system would not take that. */
export function shortName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BASE_BYTES) return name;
  // By characters of up to 4 bytes, so that none is cut in two; the hash tells names apart that begin alike.
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${[...name].slice(0, 30).join("")}~${hash}`;
}
