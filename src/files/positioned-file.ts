import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { InputError } from "../errors.js";
import { openRegularFile } from "./regular-file.js";
import { describeSystemError } from "./system-error.js";

/** A file read by position, so that a checkpoint of any size costs only the bytes asked for. */
export class PositionedFile {
  private constructor(
    readonly path: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Opens a regular file for reading.
   *
   * @throws InputError naming the path and `action` when it cannot
   */
  static async open(path: string, action = "cannot be opened"): Promise<PositionedFile> {
    const { handle, size } = await openRegularFile(path, action);
    return new PositionedFile(path, size, handle);
  }

  /**
   * Reads exactly `length` bytes from `offset`.
   *
   * @throws InputError when the file ends before
   */
  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    await this.readInto(buffer, offset);
    return buffer;
  }

  /**
   * Fills `target` from `offset`.
   *
   * @throws InputError when the file ends before it is full
   */
  async readInto(target: Uint8Array, offset: number): Promise<void> {
    for (let filled = 0; filled < target.byteLength;) {
      const bytesRead = await this.readSome(target, filled, offset);
      if (bytesRead === 0) throw this.truncated(offset, filled, target.byteLength);
      filled += bytesRead;
    }
  }

  /** The same without the thread pool, to which it takes longer to hand over a small read than to read it from the page cache. */
  readIntoSync(target: Uint8Array, offset: number): void {
    for (let filled = 0; filled < target.byteLength;) {
      const bytesRead = this.readSomeSync(target, filled, offset);
      if (bytesRead === 0) throw this.truncated(offset, filled, target.byteLength);
      filled += bytesRead;
    }
  }

  private async readSome(target: Uint8Array, filled: number, offset: number): Promise<number> {
    try {
      return (await this.handle.read(target, filled, target.byteLength - filled, offset + filled)).bytesRead;
    } catch (error) {
      throw describeSystemError(error, this.path, READING);
    }
  }

  private readSomeSync(target: Uint8Array, filled: number, offset: number): number {
    try {
      return readSync(this.handle.fd, target, filled, target.byteLength - filled, offset + filled);
    } catch (error) {
      throw describeSystemError(error, this.path, READING);
    }
  }

  private truncated(offset: number, filled: number, length: number): InputError {
    return new InputError(
      `${this.path}: ends at byte ${offset + filled}, but bytes ${offset} to ${offset + length} were asked for; the file is truncated`,
    );
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

const READING = "cannot be read";

/** Opens `path`, hands it to `use` and closes it in any case. */
export async function withFile<T>(
  path: string,
  use: (file: PositionedFile) => Promise<T>,
  action?: string,
): Promise<T> {
  const file = await PositionedFile.open(path, action);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
