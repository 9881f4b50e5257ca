import { InputError } from "../../errors.js";

/** Reads the fields of a pickle one after the other; every one is checked against the end of the bytes. */
export class PickleReader {
  private at = 0;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly path: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** One line for whatever is wrong at the present byte. */
  error(problem: string): InputError {
    return new InputError(`${this.path}: its pickle ${problem} (before byte ${this.at})`);
  }

  uint8(): number {
    return this.view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  /** Big-endian, as only this field of the format is. */
  float64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** A two's complement number of `length` bytes; a bigint beyond 2^53. */
  long(length: number): number | bigint {
    const start = this.skip(length);
    let value = 0n;
    for (let i = start + length - 1; i >= start; i--) value = (value << 8n) | BigInt(this.bytes[i]!);
    const signed = BigInt.asIntN(length * 8, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  text(length: number): string {
    const start = this.skip(length);
    try {
      return UTF8.decode(this.bytes.subarray(start, start + length));
    } catch {
      throw this.error("holds text that is not UTF-8");
    }
  }

  /** Up to the next line feed, which is passed over. */
  line(): string {
    const end = this.bytes.indexOf(LINE_FEED, this.at);
    if (end < 0) throw this.error("ends inside a line");
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** Passes over `length` bytes and says where they start. */
  skip(length: number): number {
    const start = this.at;
    if (start + length > this.bytes.byteLength) throw this.error("ends too early");
    this.at = start + length;
    return start;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LINE_FEED = 10;
