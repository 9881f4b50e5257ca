import { createHash, type Hash } from "node:crypto";
import { InputError } from "../errors.js";
import type { FloatDtype } from "../tensor/dtype.js";
import { squaredRowNorms } from "../tensor/row-norms.js";

/** Measures rows as they stream past: their hash, and the norm of each. */
export class RowMeter {
  private readonly hash: Hash = createHash("sha256");
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
    this.hash.update(bytes);
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

  /** SHA-256 of the bytes seen, in hex; to be asked for once, at the end. */
  sha256(): string {
    return this.hash.digest("hex");
  }
}
