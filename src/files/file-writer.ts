import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { throwIfAborted } from "../errors.js";
import { exists } from "./look.js";
import { tidyLeftovers } from "./leftovers.js";
import { syncFolder } from "./sync-folder.js";
import { describeSystemError } from "./system-error.js";
import { temporaryNames } from "./temporary-sibling.js";
import { whileUnfinished } from "./unfinished.js";

/** What was written. */
export interface WrittenFile {
  readonly path: string;
  readonly byteLength: number;
}

/** Appends to a new file; the next bytes are made while the previous ones are on their way to the disk. */
export class FileWriter {
  private pending: Promise<void> = Promise.resolve();
  private length = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Bytes appended so far. */
  get position(): number {
    return this.length;
  }

  /** Appends `bytes`, which must stay as they are until the next call has returned. */
  async append(bytes: Uint8Array): Promise<void> {
    throwIfAborted(this.signal);
    await this.pending;
    this.pending = writeFully(this.handle, bytes, this.length);
    this.pending.catch(() => undefined); // Thrown by the next call or by `finish`.
    this.length += bytes.byteLength;
  }

  /** Writes `bytes` over the first ones: something that is known only when the rest has been written. */
  async rewriteStart(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > this.length) throw new RangeError("only what was appended can be written over");
    await this.pending;
    await writeFully(this.handle, bytes, 0);
  }

  /** Waits until all is written; with `durable`, until it would survive a loss of power. */
  async finish({ durable }: { readonly durable: boolean }): Promise<void> {
    await this.pending;
    if (durable) await this.handle.sync();
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.byteLength - written, position + written);
    written += bytesWritten;
  }
}

export interface AtomicFileOptions {
  /** Force what is written to the disk even where nothing was before: it is read again without any other check. */
  readonly durable?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a file by way of a temporary one beside it, which takes its place when all is there; a link is replaced, not followed.
 * Whatever happens, `path` holds the old content or the new one and no temporary file stays. Only what takes the place of
 * something is forced to the disk first, unless `durable` says so: where nothing was, a loss of power costs another run and no data.
 *
 * @throws UnavailableError for a full disk or a missing permission
 * @throws InterruptedError once `signal` fires
 */
export async function writeFileAtomically(
  path: string,
  write: (writer: FileWriter) => Promise<void>,
  { durable = false, signal }: AtomicFileOptions = {},
): Promise<WrittenFile> {
  let temporary: string | undefined;
  let finished = (): void => undefined;
  try {
    await tidyLeftovers(path);
    temporary = (await temporaryNames(path)).partial;
    const handle = await open(temporary, "wx");
    finished = whileUnfinished(temporary);
    const writer = new FileWriter(handle, signal);
    const synced = durable || (await exists(path));
    try {
      await write(writer);
      await writer.finish({ durable: synced });
    } finally {
      await handle.close();
    }
    throwIfAborted(signal);
    await rename(temporary, path);
    if (synced) await syncFolder(dirname(path));
    return { path, byteLength: writer.position };
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    throw describeSystemError(error, path, "cannot be written");
  } finally {
    finished();
  }
}

/**
 * Writes a text file whole or not at all.
 *
 * @throws what writeFileAtomically throws
 */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  await writeFileAtomically(path, (writer) => writer.append(Buffer.from(text)));
}
