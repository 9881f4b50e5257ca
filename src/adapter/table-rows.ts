import { createHash } from "node:crypto";
import type { VocabularyMatrix } from "./vocabulary-matrix.js";
import { InputError } from "../errors.js";
import { gatherAllRows, gatherRows } from "../files/gather-rows.js";
import type { EmbeddingTable } from "../model/llm/embedding-table.js";
import { bytesPerElement, type FloatDtype } from "../tensor/dtype.js";
import { convertFloats } from "../tensor/half.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";

type FloatTensor = CheckpointTensor & { readonly dtype: FloatDtype };

/** Which rows of a matrix are which rows of an embedding table: their values tell. */
export interface RecoveredRows {
  /** (rows) table row of each matrix row; -1 where no row of the table has these values. */
  readonly ids: Int32Array;
  /** Matrix rows that several table rows equal; the lowest of those ids was taken. */
  readonly ambiguous: readonly { readonly row: number; readonly ids: readonly number[] }[];
  readonly unmatched: readonly number[];
}

/**
 * Finds every row of M in a table, bit for bit after the table's rows are rounded to M's dtype (or M's to the table's,
 * when M is the wider one). Reads both once; memory is one digest per row of M.
 */
export async function recoverRows(
  matrix: VocabularyMatrix,
  table: EmbeddingTable,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RecoveredRows> {
  const dtype = narrower(matrix.tensor.dtype, table.tensor.dtype);
  const rowsByDigest = new Map<string, number[]>();
  for await (const { row, digest } of digests(matrix.tensor, dtype, signal)) {
    const rows = rowsByDigest.get(digest);
    if (rows === undefined) rowsByDigest.set(digest, [row]);
    else rows.push(row);
  }
  const found = new Map<number, number[]>();
  for await (const { row: id, digest } of digests(table.tensor, dtype, signal)) {
    for (const row of rowsByDigest.get(digest) ?? []) {
      const ids = found.get(row);
      if (ids === undefined) found.set(row, [id]);
      else ids.push(id);
    }
  }
  const ids = Int32Array.from({ length: matrix.rows }, (_, row) => found.get(row)?.[0] ?? -1);
  const all = Array.from(ids, (_, row) => ({ row, ids: found.get(row) ?? [] }));
  return {
    ids,
    ambiguous: all.filter((entry) => entry.ids.length > 1),
    unmatched: all.filter((entry) => entry.ids.length === 0).map(({ row }) => row),
  };
}

async function* digests(
  tensor: FloatTensor,
  dtype: FloatDtype,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ row: number; digest: string }> {
  const columns = tensor.shape[1]!;
  const rowBytes = columns * bytesPerElement(dtype);
  for await (const { first, count, bytes } of gatherAllRows(tensor, { signal })) {
    const rounded = convertFloats(bytes, tensor.dtype, dtype);
    for (let i = 0; i < count; i++) {
      const digest = createHash("md5")
        .update(rounded.subarray(i * rowBytes, (i + 1) * rowBytes))
        .digest("base64");
      yield { row: first + i, digest };
    }
  }
}

/** Pairs of a row of M and the row of a table that it is said to be. */
export interface RowPairs {
  readonly rows: readonly number[];
  readonly ids: readonly number[];
}

/**
 * Rows of M that differ from their rows in a table, compared bit for bit after rounding to the narrower dtype.
 *
 * @throws InputError when their widths differ
 */
export async function differingRows(
  matrix: VocabularyMatrix,
  table: EmbeddingTable,
  { rows, ids }: RowPairs,
  where: string,
): Promise<readonly number[]> {
  if (matrix.hiddenSize !== table.hiddenSize) {
    throw new InputError(
      `${where}: the vocabulary matrix is ${matrix.hiddenSize} wide, the source's "${table.tensor.name}" ${table.hiddenSize}; it was made from another LLM`,
    );
  }
  const dtype = narrower(matrix.tensor.dtype, table.tensor.dtype);
  const rowBytes = table.hiddenSize * bytesPerElement(dtype);
  const differing: number[] = [];
  const own = gatherRows(matrix.tensor, rows);
  const theirs = new RowQueue(gatherRows(table.tensor, ids), table.tensor.dtype, dtype, rowBytes);
  try {
    for await (const { first, count, bytes } of own) {
      const rounded = convertFloats(bytes, matrix.tensor.dtype, dtype);
      const expected = await theirs.take(count);
      for (let i = 0; i < count; i++) {
        const slice = [i * rowBytes, (i + 1) * rowBytes] as const;
        if (Buffer.compare(rounded.subarray(...slice), expected.subarray(...slice)) !== 0)
          differing.push(rows[first + i]!);
      }
    }
  } finally {
    await theirs.close();
  }
  return differing;
}

/** Gives the rows of a gather in portions of any size, as float32. */
class RowQueue {
  private rest: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly blocks: AsyncGenerator<{ bytes: Uint8Array }, void>,
    private readonly from: FloatDtype,
    private readonly to: FloatDtype,
    private readonly rowBytes: number,
  ) {}

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [this.rest];
    let available = this.rest.byteLength;
    while (available < count * this.rowBytes) {
      const next = await this.blocks.next();
      if (next.done === true) break;
      const converted = convertFloats(next.value.bytes, this.from, this.to);
      parts.push(converted);
      available += converted.byteLength;
    }
    const all = Buffer.concat(parts);
    this.rest = all.subarray(count * this.rowBytes);
    return all.subarray(0, count * this.rowBytes);
  }

  /** Ends the gather; otherwise it holds its file open until a block after the last is asked for. */
  async close(): Promise<void> {
    await this.blocks.return();
  }
}

function narrower(a: FloatDtype, b: FloatDtype): FloatDtype {
  return bytesPerElement(a) <= bytesPerElement(b) ? a : b;
}
