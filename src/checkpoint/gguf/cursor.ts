import { InputError } from "../../errors.js";

/** Thrown when a header goes on behind the bytes that were read of it; the caller reads more. */
export class HeaderGoesOn extends Error {}

/**
 * Reads the numbers and strings of a header one after another. `bytes` are the first of a file of `fileSize`, all or some: where
 * they end before the file does, HeaderGoesOn is thrown, and where the file ends, InputError.
 */
export class HeaderCursor {
  #at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly fileSize: number,
    private readonly path: string,
  ) {}

  /** Bytes read so far. */
  get at(): number {
    return this.#at;
  }

  /** Moves on by `length` bytes and gives where they begin. `what` names them in an error. */
  take(length: number, what: string): number {
    const start = this.#at;
    if (start + length > this.bytes.length) {
      if (start + length <= this.fileSize) throw new HeaderGoesOn();
      throw new InputError(
        `${this.path}: ${what} would end at byte ${start + length}, the file has ${this.fileSize}; the file is truncated or damaged`,
      );
    }
    this.#at += length;
    return start;
  }

  uint32(what: string): number {
    return this.bytes.readUInt32LE(this.take(4, what));
  }

  /**
   * A count or an offset.
   *
   * @throws InputError from 2^53 on
   */
  uint64(what: string): number {
    const start = this.take(8, what);
    const value = this.bytes.readUInt32LE(start + 4) * 2 ** 32 + this.bytes.readUInt32LE(start);
    if (Number.isSafeInteger(value)) return value;
    const exact = this.bytes.readBigUInt64LE(start);
    throw new InputError(`${this.path}: ${what} is ${exact}, at most 2^53 - 1 is possible; the file is damaged`);
  }

  /**
   * A string with its length in front.
   *
   * @throws InputError when it is no UTF-8
   */
  string(what: string): string {
    const length = this.uint64(`the length of ${what}`);
    const start = this.take(length, what);
    return this.text(start, length, what);
  }

  /** Passes a string without reading it, and gives where it lies. */
  skipString(what: string): { readonly start: number; readonly length: number } {
    const length = this.uint64(`the length of ${what}`);
    return { start: this.take(length, what), length };
  }

  /** The text of bytes that were passed. */
  text(start: number, length: number, what: string): string {
    const text = this.bytes.toString("utf8", start, start + length);
    // Only a text with U+FFFD can have been no UTF-8, and few have one.
    if (!text.includes("\ufffd") || Buffer.from(text).equals(this.bytes.subarray(start, start + length))) return text;
    throw new InputError(`${this.path}: ${what} is no UTF-8 text; the file is damaged`);
  }

  /** A copy of bytes, for numbers that are viewed as an array. */
  copy(start: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.bytes.subarray(start, start + length));
  }
}
