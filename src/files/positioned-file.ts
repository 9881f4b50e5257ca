import { readSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { InputError } from "../errors.js";
import { describeSystemError } from "./system-error.js";

/** A file read by position, so that a checkpoint of any size costs only the bytes asked for. */
export class PositionedFile {
  private constructor(
    readonly path: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /** Opens a regular file for reading; throws InputError naming the path when it cannot. */
  static async open(path: string): Promise<PositionedFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, "r");
    } catch (error) {
      throw describeSystemError(error, path, "cannot be opened");
    }
    const stats = await handle.stat();
    if (!stats.isFile()) {
      await handle.close();
      throw new InputError(`${path}: is not a regular file`);
    }
    return new PositionedFile(path, stats.size, handle);
  }

  /** Reads exactly `length` bytes from `offset`; throws InputError when the file ends before. */
  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    await this.readInto(buffer, offset);
    return buffer;
  }

  /** Fills `target` from `offset`; throws InputError when the file ends before it is full. */
  async readInto(target: Uint8Array, offset: number): Promise<void> {
    let filled = 0;
    while (filled < target.byteLength) {
      const { bytesRead } = await this.handle.read(target, filled, target.byteLength - filled, offset + filled);
      if (bytesRead === 0) throw this.truncated(offset, filled, target.byteLength);
      filled += bytesRead;
    }
  }

  /** The same without the thread pool, which takes longer than a small read from the page cache. */
  readIntoSync(target: Uint8Array, offset: number): void {
    let filled = 0;
    while (filled < target.byteLength) {
      const bytesRead = readSync(this.handle.fd, target, filled, target.byteLength - filled, offset + filled);
      if (bytesRead === 0) throw this.truncated(offset, filled, target.byteLength);
      filled += bytesRead;
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

/** Opens `path`, hands it to `use` and closes it whatever happens. */
export async function withFile<T>(path: string, use: (file: PositionedFile) => Promise<T>): Promise<T> {
  const file = await PositionedFile.open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
