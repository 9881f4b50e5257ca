import { InputError } from "../../errors.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { squaredRowNorms } from "../../tensor/row-norms.js";

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

  /**
   * Takes whole rows, (rows, columns).
   *
   * @throws InputError at the first row that holds NaN or an infinity
   */
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
