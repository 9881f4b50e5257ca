import { createHash } from "node:crypto";
import { InputError } from "../errors.js";
import { parseJson } from "./json-file.js";
import { withFile, type PositionedFile } from "./positioned-file.js";
import { streamBytes } from "./stream-bytes.js";

/**
 * Longest line read, in bytes: a whole file without line ends should not be gathered in memory. The largest real ones
 * are rows of MMBench's table, whose images are base64 text of up to 3 MB.
 */
const MAX_LINE_BYTES = 64 * 2 ** 20;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** The size and hash of what was read, by which the same file is recognised. */
export interface FileDigest {
  readonly sha256: string;
  readonly bytes: number;
  /** Lines that were handed to the visitor. */
  readonly lines: number;
}

/**
 * One line without its line end; `number` counts from 1, `byteOffset` from the start of the file, and `lineEnd` is what came behind it,
 * nothing at the end of a file.
 */
export type LineVisitor = (line: Buffer, number: number, byteOffset: number, lineEnd: "" | "\n" | "\r\n") => void;

/**
 * Reads a file once, line by line, and hashes it on the way; memory does not grow with the file.
 *
 * The last line needs no line end; an empty one after the last line end is not visited. The buffer of a line is only valid
 * during the call.
 *
 * @throws InputError when the file is absent, unreadable or has a line above MAX_LINE_BYTES
 */
export async function forEachLine(path: string, visit: LineVisitor): Promise<FileDigest> {
  const hash = createHash("sha256");
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let lineStart = 0;
  let lines = 0;
  let bytes = 0;
  const finish = (last: Buffer, newline: "" | "\n"): void => {
    const whole = pending.length === 0 ? last : Buffer.concat([...pending, last]);
    pending = [];
    pendingBytes = 0;
    const hasReturn = whole.length > 0 && whole[whole.length - 1] === CARRIAGE_RETURN;
    lines += 1;
    const lineEnd = newline === "\n" && hasReturn ? "\r\n" : newline;
    visit(hasReturn ? whole.subarray(0, -1) : whole, lines, lineStart, lineEnd);
  };
  const take = (chunk: Buffer): void => {
    hash.update(chunk);
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      finish(chunk.subarray(start, end), "\n");
      start = end + 1;
      lineStart = bytes + start;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    bytes += chunk.length;
    if (pendingBytes > MAX_LINE_BYTES) {
      throw new InputError(
        `${path}: line ${lines + 1} is longer than ${MAX_LINE_BYTES} bytes; is this the right file?`,
      );
    }
  };
  const readAll = async (file: PositionedFile): Promise<void> => {
    for await (const chunk of streamBytes(file, file.size, {})) take(Buffer.from(chunk.buffer, 0, chunk.byteLength));
  };
  await withFile(path, readAll, "cannot be read");
  if (pendingBytes > 0) finish(Buffer.alloc(0), "");
  return { sha256: hash.digest("hex"), bytes, lines };
}

/**
 * Reads a JSON Lines file; `visit` gets each value with its line number. Blank lines are passed over and not counted.
 *
 * @throws InputError with file and line number for a line that is not JSON
 */
export async function forEachJsonLine(
  path: string,
  visit: (value: unknown, lineNumber: number) => void,
): Promise<FileDigest> {
  let rows = 0;
  const digest = await forEachLine(path, (line, number) => {
    const text = line.toString("utf8");
    if (text.trim() === "") return;
    rows += 1;
    visit(parseJson(text, `${path}: line ${number}`), number);
  });
  return { ...digest, lines: rows };
}
