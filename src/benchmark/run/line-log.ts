import { open, type FileHandle } from "node:fs/promises";
import { describeSystemError } from "../../files/system-error.js";

/** Bytes looked at together for the last line end; a line is rarely longer. */
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
   */
  static async open(path: string, { durable }: { readonly durable: boolean }): Promise<LineLog> {
    try {
      const handle = await open(path, "a+");
      await handle.truncate(await endOfLines(handle));
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

/** Where the last line end is over; 0 without one. */
async function endOfLines(handle: FileHandle): Promise<number> {
  const buffer = Buffer.alloc(STEP_BYTES);
  for (let end = (await handle.stat()).size; end > 0; end -= STEP_BYTES) {
    const start = Math.max(0, end - STEP_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(LINE_END);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}
