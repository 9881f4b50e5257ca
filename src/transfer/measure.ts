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

/** Measures rows as they stream past: their hash, and the norm of each. */
export class RowMeter {
  readonly hash = new BlockHash();
  private readonly parts: Float64Array[] = [];
  private seen = 0;

  constructor(
    private readonly columns: number,
    private readonly dtype: FloatDtype,
    /** Where the rows come from, for the error about a row that is not finite. */
    private readonly describeRow: (row: number) => string,
  ) {}

  /** Takes whole rows, (rows, columns); throws InputError at the first row that holds NaN or an infinity. */
  readonly add = (bytes: Uint8Array): void => {
    this.hash.add(bytes);
    const norms = squaredRowNorms(bytes, this.dtype, this.columns);
    const bad = norms.findIndex((norm) => !Number.isFinite(norm));
    if (bad >= 0) {
      throw new InputError(`${this.describeRow(this.seen + bad)} holds NaN or infinity; the checkpoint is damaged`);
    }
    this.parts.push(norms);
    this.seen += norms.length;
  };

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
