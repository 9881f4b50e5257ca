import { link, mkdir, open, rename, rm, symlink, type FileHandle } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { describeSystemError, hasCode } from "./system-error.js";

/** A file that is written in pieces over several runs: what is there already is kept, and gone on from. */
export class GrowingFile {
  private isClosed = false;

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    /** Bytes that it holds. */
    private length: number,
  ) {}

  /** Opens the file, or makes it and the folders above it. */
  static async open(path: string): Promise<GrowingFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const handle = await open(path, "a+");
      return new GrowingFile(path, handle, (await handle.stat()).size);
    } catch (error) {
      throw describeSystemError(error, path, "cannot be written");
    }
  }

  get size(): number {
    return this.length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.handle.appendFile(bytes);
      this.length += bytes.byteLength;
    } catch (error) {
      throw describeSystemError(error, this.path, "cannot be written");
    }
  }

  /** Begins anew. */
  async clear(): Promise<void> {
    try {
      await this.handle.truncate(0);
      this.length = 0;
    } catch (error) {
      throw describeSystemError(error, this.path, "cannot be written");
    }
  }

  /** Does nothing where the file is closed already. */
  async close(): Promise<void> {
    if (!this.isClosed) await this.handle.close();
    this.isClosed = true;
  }

  /** Closes the file and gives it its name, once it is safe on the disk. */
  async finish(name: string): Promise<void> {
    try {
      await this.handle.sync();
      await this.close();
      await rename(this.path, name);
    } catch (error) {
      throw describeSystemError(error, name, "cannot be written");
    }
  }
}

/** What systems say that make no symbolic links, for this user or at all. */
const NO_LINKS = ["EPERM", "ENOTSUP", "ENOSYS", "EACCES"];

/** Makes `path` a link to the file `target` and replaces one that is there; a second name of the file where there are no links. */
export async function linkFile(target: string, path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    try {
      await symlink(relative(dirname(path), target), path);
    } catch (error) {
      if (!hasCode(error, ...NO_LINKS)) throw error;
      await link(target, path);
    }
  } catch (error) {
    throw describeSystemError(error, path, "cannot be written");
  }
}

/**
 * Makes a file of `size` bytes that holds nothing, or opens it; what is never written takes no room on the disk. Returns what writes
 * bytes at a place and closes it.
 */
export async function openHollowFile(path: string, size: number) {
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, "a+").then(async (made) => {
      await made.close();
      return open(path, "r+");
    });
    await handle.truncate(size);
    return {
      writeAt: async (bytes: Uint8Array, offset: number): Promise<void> => {
        try {
          for (let done = 0; done < bytes.byteLength;) {
            done += (await handle.write(bytes, done, bytes.byteLength - done, offset + done)).bytesWritten;
          }
        } catch (error) {
          throw describeSystemError(error, path, "cannot be written");
        }
      },
      close: async (): Promise<void> => {
        await handle.sync();
        await handle.close();
      },
    };
  } catch (error) {
    throw describeSystemError(error, path, "cannot be written");
  }
}
