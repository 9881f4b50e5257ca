import { recycledBytes } from "../files/allocate.js";
import { gatherRows } from "../files/gather-rows.js";
import { bytesPerElement, type FloatDtype } from "../tensor/dtype.js";
import { encodeFloatsInto, float32View, halfBits, numbersOfBits } from "../tensor/half.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import type { RowMatch } from "../vocabulary/row-match.js";

/** Rows of a table to gather, flattened: output row i is the sum of the entries starts[i] to starts[i + 1]. */
export interface FlatRows {
  /** Table row of each entry. */
  readonly ids: Uint32Array;
  readonly weights: Float64Array;
  /** (rows + 1). */
  readonly starts: Uint32Array;
}

export function flattenRows(rows: readonly Pick<RowMatch, "ids" | "weights">[]): FlatRows {
  const starts = new Uint32Array(rows.length + 1);
  rows.forEach(({ ids }, i) => (starts[i + 1] = starts[i]! + ids.length));
  const ids = new Uint32Array(starts[rows.length]!);
  const weights = new Float64Array(ids.length);
  rows.forEach((row, i) => {
    ids.set(row.ids, starts[i]);
    weights.set(row.weights, starts[i]);
  });
  return { ids, weights, starts };
}

export interface RowStreamOptions {
  readonly dtype: FloatDtype;
  readonly signal?: AbortSignal | undefined;
  /** Called with the table's own bytes, in the order of `FlatRows.ids`. */
  readonly onSource?: (bytes: Uint8Array) => void;
}

/**
 * Streams the rows that `rows` describes, encoded as `dtype`: row i is the sum over its entries of weight times table
 * row, added in float64, rounded to float32 and then to `dtype`. A row of one entry with weight 1 in the table's own
 * dtype is copied bit for bit, and a row without entries is zero.
 *
 * @param table (table rows, columns)
 * @returns blocks of whole rows, together (rows, columns)
 */
export async function* combineRows(
  table: CheckpointTensor & { readonly dtype: FloatDtype },
  rows: FlatRows,
  { dtype, signal, onSource }: RowStreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const columns = table.shape[1]!;
  const combiner = new RowCombiner(rows, { columns, from: table.dtype, to: dtype });
  for await (const block of gatherRows(table, rows.ids, { signal, passThrough: true })) {
    onSource?.(block.bytes);
    yield combiner.isCopy ? block.bytes : combiner.add(block.bytes, block.count);
  }
}

interface CombinerShape {
  readonly columns: number;
  readonly from: FloatDtype;
  readonly to: FloatDtype;
}

/** Adds up entries as they come; a row may begin in one block and end in a later one. */
class RowCombiner {
  /** Whether every row is one table row as it is. */
  readonly isCopy: boolean;
  private entry = 0;
  private row = 0;
  private readonly sum: Float64Array; // (columns)
  private readonly rounded: Float32Array; // (columns)
  /** Rows pass through without a copy: the writer is done with a block before it asks for the second one after it. */
  private readonly allocate = recycledBytes();

  constructor(
    private readonly rows: FlatRows,
    private readonly shape: CombinerShape,
  ) {
    const plain = rows.starts.every((start, i) => start === i) && rows.weights.every((weight) => weight === 1);
    this.isCopy = plain && shape.from === shape.to;
    this.sum = new Float64Array(shape.columns);
    this.rounded = new Float32Array(shape.columns);
  }

  /** Takes the next `count` entries, (count, columns), and returns the rows they complete. */
  add(bytes: Uint8Array, count: number): Uint8Array {
    const { columns, from, to } = this.shape;
    const [fromBytes, toBytes] = [columns * bytesPerElement(from), columns * bytesPerElement(to)];
    const output = this.allocate(this.rowsCompletedBy(this.entry + count) * toBytes);
    const accumulate = this.accumulator(bytes);
    let written = 0;
    for (let i = 0; i < count;) {
      written += this.writeEmptyRows(output, written, toBytes);
      const copied = from === to ? this.wholeRows(count - i) : 0;
      if (copied > 0) {
        output.set(bytes.subarray(i * fromBytes, (i + copied) * fromBytes), written);
        this.advance(copied, copied);
        written += copied * toBytes;
        i += copied;
        continue;
      }
      accumulate(i * columns, this.rows.weights[this.entry]!);
      const isLast = this.entry + 1 === this.rows.starts[this.row + 1];
      if (isLast) this.takeSum(output.subarray(written, written + toBytes));
      if (isLast) written += toBytes;
      this.advance(1, isLast ? 1 : 0);
      i += 1;
    }
    this.writeEmptyRows(output, written, toBytes);
    return output;
  }

  /** Writes the rows without entries that come next, and returns their bytes. */
  private writeEmptyRows(output: Uint8Array, at: number, rowBytes: number): number {
    let end = this.row;
    while (this.rows.starts[end + 1] === this.entry) end += 1;
    const bytes = (end - this.row) * rowBytes;
    output.fill(0, at, at + bytes); // The memory is used again and again.
    this.row = end;
    return bytes;
  }

  private advance(entries: number, rows: number): void {
    this.entry += entries;
    this.row += rows;
  }

  private rowsCompletedBy(entry: number): number {
    let end = this.row;
    while (end + 1 < this.rows.starts.length && this.rows.starts[end + 1]! <= entry) end += 1;
    return end - this.row;
  }

  /** How many of the next entries, at most `limit`, are each a whole row with weight 1. */
  private wholeRows(limit: number): number {
    const { starts, weights } = this.rows;
    let count = 0;
    while (
      count < limit &&
      starts[this.row + count] === this.entry + count &&
      starts[this.row + count + 1] === this.entry + count + 1 &&
      weights[this.entry + count] === 1
    ) {
      count += 1;
    }
    return count;
  }

  /** Adds `weight` times the entry that begins at element `begin` of a block to the sum. */
  private accumulator(block: Uint8Array): (begin: number, weight: number) => void {
    const { sum } = this;
    const { from } = this.shape;
    if (from === "F32") {
      const values = float32View(block);
      return (begin, weight) => addScaled(sum, values, begin, weight);
    }
    const [bits, numbers] = [halfBits(block), numbersOfBits(from)];
    return (begin, weight) => addScaledBits(sum, bits, numbers, begin, weight);
  }

  private takeSum(target: Uint8Array): void {
    this.rounded.set(this.sum);
    encodeFloatsInto(target, this.rounded, this.shape.to);
    this.sum.fill(0);
  }
}

// These loops get everything as parameters: as closures they took nearly twice as long.

function addScaled(sum: Float64Array, values: Float32Array, begin: number, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[begin + i]!;
}

function addScaledBits(
  sum: Float64Array,
  bits: Uint16Array,
  numbers: Float32Array,
  begin: number,
  weight: number,
): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * numbers[bits[begin + i]!]!;
}
