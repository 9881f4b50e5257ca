import { subtle } from "node:crypto";
import { InputError } from "../errors.js";
import { sha256 } from "../files/hash.js";
import type { FloatDtype } from "../tensor/dtype.js";
import { squaredRowNorms } from "../tensor/row-norms.js";

/**
 * SHA-256 over the SHA-256 digests of the blocks of a stream. Blocks are hashed in the thread pool while the next ones
 * are read, which one running hash could not be; they are those of `gatherRows`, so the rows of a table always give the
 * same blocks.
 */
export class BlockHash {
  private readonly digests: Promise<ArrayBuffer>[] = [];

  /** Takes the next block, whose memory may be used again at once. */
  readonly add = (block: Uint8Array): void => {
    this.digests.push(subtle.digest("SHA-256", block));
  };

  /** In hexadecimal. */
  async finish(): Promise<string> {
    const digests = await Promise.all(this.digests);
    return sha256(Buffer.concat(digests.map((digest) => new Uint8Array(digest))));
  }
}

/** What is wrong with a row that is not finite, and the way out. */
export const DAMAGED = "holds NaN or infinity; the checkpoint is damaged";
export const OUT_OF_RANGE = "is NaN or beyond the range of float16; choose --dtype bf16 or f32";

/** float16 ends at 65504; the other dtypes reach as far as float32. */
export const narrows = (from: FloatDtype, to: FloatDtype): boolean => to === "F16" && from !== "F16";

/** Takes the norm of each row that streams past, and ends the stream at a row that is not finite. */
export class RowMeter {
  private readonly parts: Float64Array[] = [];
  private seen = 0;

  constructor(
    private readonly columns: number,
    private readonly dtype: FloatDtype,
    /** The error about a row that is not finite. */
    private readonly complaint: (row: number) => string,
  ) {}

  /** Takes whole rows, (rows, columns); throws InputError at the first row that holds NaN or an infinity. */
  readonly add = (bytes: Uint8Array): void => {
    const norms = squaredRowNorms(bytes, this.dtype, this.columns);
    const bad = norms.findIndex((norm) => !Number.isFinite(norm));
    if (bad >= 0) throw new InputError(this.complaint(this.seen + bad));
    this.parts.push(norms);
    this.seen += norms.length;
  };

  /** The same chunks of whole rows, measured before they are handed on. */
  async *measured(rows: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of rows) {
      this.add(chunk);
      yield chunk;
    }
  }

  /** Squared norm of each row seen, in order. */
  squaredNorms(): Float64Array {
    const all = new Float64Array(this.seen);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
