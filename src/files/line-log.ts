import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { InputError } from "../errors.js";
import { checkOpened } from "./regular-file.js";
import { describeSystemError, hasCode } from "./system-error.js";

/** How many bytes are searched at once for the last line end; a line is rarely longer. */
const STEP_BYTES = 2 ** 16;

const LINE_END = "\n";

/** Appends lines to a file. */
export class LineLog {
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly durable: boolean,
  ) {}

  /**
   * Opens a file at the end of its last whole line: what a killed process left of one is cut off. With `durable` a line is
   * on the disk before `append` returns.
   *
   * @throws InputError when a link or anything but a regular file is there: a run's folder may come from elsewhere, and what its
   *   links lead to is not its own
   */
  static async open(path: string, { durable }: { readonly durable: boolean }): Promise<LineLog> {
    try {
      const { handle, size } = await checkOpened(await openOwn(path), path);
      await handle.truncate(await endOfLines(handle, size));
      return new LineLog(path, handle, durable);
    } catch (error) {
      throw describeSystemError(error, path, "cannot be written");
    }
  }

  async append(line: string): Promise<void> {
    try {
      await this.handle.appendFile(line + LINE_END);
      if (this.durable) await this.handle.datasync();
    } catch (error) {
      throw describeSystemError(error, this.path, "cannot be written");
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

async function openOwn(path: string): Promise<FileHandle> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return await open(path, O_RDWR | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0), 0o666);
  } catch (error) {
    if (!hasCode(error, "ELOOP")) throw error;
    throw new InputError(
      `${path}: is a link, and what it leads to may be another's; remove it, or choose another folder`,
      {
        cause: error,
      },
    );
  }
}

/** The offset behind the last line end; 0 without one. */
async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(STEP_BYTES);
  for (let end = size; end > 0; end -= STEP_BYTES) {
    const start = Math.max(0, end - STEP_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(LINE_END);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}
