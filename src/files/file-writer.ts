import { createHash } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { throwIfAborted } from "../errors.js";
import { syncFolder } from "./sync-folder.js";
import { describeSystemError } from "./system-error.js";
import { temporarySibling } from "./temporary-sibling.js";

/** What was written: enough to name the file in a report and to check it later. */
export interface WrittenFile {
  readonly path: string;
  readonly byteLength: number;
  /** Of all bytes of the file, in hexadecimal. */
  readonly sha256: string;
}

/** Appends to a new file; bytes are hashed while the previous ones are on their way to the disk. */
export class FileWriter {
  private readonly hash = createHash("sha256");
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
    this.hash.update(bytes);
  }

  /** Waits until all is on the disk; gives the SHA-256 of the file. */
  async finish(): Promise<string> {
    await this.pending;
    await this.handle.sync();
    return this.hash.digest("hex");
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.byteLength - written, position + written);
    written += bytesWritten;
  }
}

/**
 * Writes a file by way of a temporary one beside it, which takes its place when all is on the disk.
 * Whatever happens, `path` holds the old content or the new one and no temporary file stays.
 * Throws UnavailableError for a full disk or a missing permission, InterruptedError once `signal` fires.
 */
export async function writeFileAtomically(
  path: string,
  write: (writer: FileWriter) => Promise<void>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<WrittenFile> {
  const temporary = temporarySibling(path, "partial");
  try {
    const handle = await open(temporary, "wx");
    const writer = new FileWriter(handle, signal);
    let hash: string;
    try {
      await write(writer);
      hash = await writer.finish();
    } finally {
      await handle.close();
    }
    throwIfAborted(signal);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return { path, byteLength: writer.position, sha256: hash };
  } catch (error) {
    await rm(temporary, { force: true });
    throw describeSystemError(error, path, "cannot be written");
  }
}
