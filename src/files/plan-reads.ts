/** Most bytes of rows in one block; at least one row, whatever its size. What is read stays in a core's cache until it is written. */
export const BLOCK_BYTES = 2 ** 20;

/** Longest single read, in bytes, unless one row is longer. */
export const MAX_READ_BYTES = 2 ** 20;

/**
 * Rows at most this far apart are fetched by one read: to copy the bytes between them costs about as much as a second read.
 * It is four rows of an 8B model in bfloat16.
 */
const MAX_GAP_BYTES = 32 * 2 ** 10;

/** Rows `first` to `first + count - 1` of a request. */
export interface BlockRange {
  readonly first: number;
  readonly count: number;
}

/** One read of a block: where it lies in the table, and which of its bytes are which rows of the block. */
export interface RowRead {
  /** From the start of the table, in bytes. */
  readonly offset: number;
  readonly length: number;
  /** `to` is the row inside the block, `from` the byte inside the read. */
  readonly rows: readonly { readonly to: number; readonly from: number }[];
}

/** Cuts a request of `count` rows into blocks of at most BLOCK_BYTES. */
export function planBlocks(count: number, rowBytes: number): readonly BlockRange[] {
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, rowBytes)));
  const blocks: BlockRange[] = [];
  for (let first = 0; first < count; first += rowsPerBlock) {
    blocks.push({ first, count: Math.min(rowsPerBlock, count - first) });
  }
  return blocks;
}

/** The reads that fetch the rows `ids` of a table, in the order of the file; a row asked for twice is read once. */
export function planReads(ids: ArrayLike<number>, rowBytes: number): readonly RowRead[] {
  const order = Uint32Array.from({ length: ids.length }, (_, i) => i).sort((a, b) => ids[a]! - ids[b]! || a - b);
  const reads: { offset: number; length: number; rows: { to: number; from: number }[] }[] = [];
  for (const to of order) {
    const start = ids[to]! * rowBytes;
    let read = reads.at(-1);
    if (read === undefined || !isNear(read, start, rowBytes)) {
      read = { offset: start, length: rowBytes, rows: [] };
      reads.push(read);
    }
    read.rows.push({ to, from: start - read.offset });
    read.length = start + rowBytes - read.offset;
  }
  return reads;
}

function isNear(read: { offset: number; length: number }, start: number, rowBytes: number): boolean {
  const gap = start - (read.offset + read.length);
  return gap <= MAX_GAP_BYTES && start + rowBytes - read.offset <= Math.max(MAX_READ_BYTES, rowBytes);
}
