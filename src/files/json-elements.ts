import { InputError } from "../errors.js";
import { parseJson } from "./json-file.js";
import { PositionedFile } from "./positioned-file.js";
import { streamBytes } from "./stream-bytes.js";

/** Longest element, in bytes: conversations of LLaVA's training data have some thousands. */
const MAX_ELEMENT_BYTES = 64 * 2 ** 20;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN, CLOSE] = [new Set([0x5b, 0x7b]), new Set([0x5d, 0x7d])];
const SPACE = new Set([0x20, 0x0a, 0x0d, 0x09]);

/**
 * The elements of a JSON file that is one array, each parsed, in order; memory does not grow with the file. `bytes` is how much of the
 * file was read.
 *
 * @throws InputError for another file, for one that ends early and for an element that is no JSON
 */
export async function* jsonElements(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<{ readonly value: unknown; readonly bytes: number }, void, undefined> {
  const scanner = new ElementScanner(path);
  const file = await PositionedFile.open(path, "cannot be read");
  let bytes = 0;
  try {
    for await (const chunk of streamBytes(file, file.size, { signal })) {
      bytes += chunk.byteLength;
      for (const value of scanner.take(chunk)) yield { value, bytes };
    }
  } finally {
    await file.close();
  }
  scanner.finish();
}

class ElementScanner {
  private depth = 0;
  private inText = false;
  private escaped = false;
  private ended = false;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private count = 0;

  constructor(private readonly path: string) {}

  /** The elements that end within the chunk. */
  take(chunk: Uint8Array): unknown[] {
    const elements: unknown[] = [];
    let start = this.depth === 0 ? -1 : 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.inText) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) this.inText = false;
        continue;
      }
      if (byte === QUOTE) this.inText = true;
      else if (OPEN.has(byte)) {
        this.depth++;
        if (this.depth === 1) start = at + 1;
      } else if (CLOSE.has(byte)) {
        this.depth--;
        if (this.depth === 0) {
          this.end(chunk.subarray(start, at), elements, { isLast: true });
          this.ended = true;
        }
      } else if (byte === COMMA && this.depth === 1) {
        this.end(chunk.subarray(start, at), elements, { isLast: false });
        start = at + 1;
      } else if (this.depth === 0 && !SPACE.has(byte)) {
        throw new InputError(`${this.path}: is no JSON array; expected a list of conversations or texts`);
      }
    }
    if (this.depth > 0) this.keep(chunk.slice(start));
    return elements;
  }

  finish(): void {
    if (!this.ended) throw new InputError(`${this.path}: ends before its array does; the file is truncated`);
  }

  private keep(bytes: Uint8Array): void {
    this.pending.push(bytes);
    this.pendingBytes += bytes.byteLength;
    if (this.pendingBytes <= MAX_ELEMENT_BYTES) return;
    throw new InputError(
      `${this.path}: element ${this.count + 1} takes more than ${MAX_ELEMENT_BYTES} bytes; is this the right file?`,
    );
  }

  private end(last: Uint8Array, elements: unknown[], { isLast }: { readonly isLast: boolean }): void {
    const text = Buffer.concat([...this.pending, last]).toString("utf8");
    this.pending = [];
    this.pendingBytes = 0;
    if (isLast && text.trim() === "") return;
    this.count++;
    elements.push(parseJson(text, `${this.path}: element ${this.count}`));
  }
}
