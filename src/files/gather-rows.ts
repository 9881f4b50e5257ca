import { setImmediate } from "node:timers/promises";
import pMap from "p-map";
import { InputError, throwIfAborted } from "../errors.js";
import { DTYPE_BITS } from "../tensor/dtype.js";
import { matrixShape } from "../tensor/matrix-shape.js";
import { isMaterialised, storedByteLength, type CheckpointTensor } from "../tensor/tensor-info.js";
import { allocateBytes, recycledBytes } from "./allocate.js";
import { readAhead } from "./read-ahead.js";
import { planBlocks, planReads, type RowRead } from "./plan-reads.js";
import type { TensorReader } from "./stream-bytes.js";
import { openTensor } from "./tensor-reader.js";

/** Rows `first` to `first + count - 1` of what was asked for, in that order. */
export interface RowBlock {
  readonly first: number;
  readonly count: number;
  /**
   * (count, bytes of a row), at the start of an ArrayBuffer, so it may be viewed as numbers. The buffer is the block's own and
   * may be kept, unless `passThrough` was asked for.
   */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Read from the file for this block, with the gaps between near rows; 0 for a tensor in memory. */
  readonly bytesRead: number;
}

export interface GatherOptions {
  /** The consumer is done with a block, writing it included, before it asks for the second one after it. */
  readonly passThrough?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads handed to the thread pool at the same time; with the two blocks of a gather they are all the memory it takes. */
const READS_IN_FLIGHT = 8;

/** Longer reads always go to the thread pool, in bytes. */
const MAX_DIRECT_BYTES = 64 * 2 ** 10;

/**
 * Time that direct reads of a block may take before the rest goes to the thread pool, in ms: a read from the page
 * cache takes some 5 microseconds, one from a device 100 or more; the allowance is one turn of another process.
 */
const DIRECT_READ_MS = 0.05;
const DIRECT_ALLOWANCE_MS = 4;

/**
 * Reads the rows `ids` of a (rows, columns) tensor by position and gives them in the order of `ids`, block by block.
 *
 * @throws InputError when the tensor is no matrix, when an id is beyond its rows, or when the file ends early
 * @throws InterruptedError once `signal` fires
 */
export async function* gatherRows(
  tensor: CheckpointTensor,
  ids: ArrayLike<number>,
  { signal, passThrough = false }: GatherOptions = {},
): AsyncGenerator<RowBlock, void, undefined> {
  const rowBytes = checkRequest(tensor, ids);
  const allocate = passThrough ? recycledBytes() : allocateBytes;
  const storedShare = storedByteLength(tensor) / Math.max(1, tensor.byteLength);
  const reader = await openTensor(tensor);
  try {
    yield* readAhead(planBlocks(ids.length, rowBytes), async ({ first, count }) => {
      await setImmediate(); // Lets timers and Ctrl-C run between blocks that all come from the page cache.
      throwIfAborted(signal);
      const reads = planReads(Array.prototype.slice.call(ids, first, first + count) as number[], rowBytes);
      const bytes = allocate(count * rowBytes);
      await fetchBlock(reader, reads, { bytes, rowBytes });
      const bytesRead = isMaterialised(tensor) ? 0 : reads.reduce((sum, { length }) => sum + length, 0) * storedShare;
      return { first, count, bytes, bytesRead };
    });
  } finally {
    await reader.close();
  }
}

/** Reads every row of a (rows, columns) tensor in order; otherwise as `gatherRows`. */
export function gatherAllRows(
  tensor: CheckpointTensor,
  options: GatherOptions = {},
): AsyncGenerator<RowBlock, void, undefined> {
  const ids = Uint32Array.from({ length: matrixShape(tensor)[0] }, (_, row) => row);
  return gatherRows(tensor, ids, options);
}

/** Checks that the tensor can answer the request, and returns the bytes of one row. */
function checkRequest(tensor: CheckpointTensor, ids: ArrayLike<number>): number {
  const { file, name, dtype, shape } = tensor;
  const where = `${file}: tensor ${JSON.stringify(name)}`;
  const [rows, columns] = matrixShape(tensor);
  const rowBytes = (DTYPE_BITS[dtype] * columns) / 8;
  if (!Number.isInteger(rowBytes)) {
    throw new InputError(
      `${where} is ${dtype} of shape (${shape.join(", ")}), expected a matrix whose rows are whole bytes`,
    );
  }
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!Number.isInteger(id) || id < 0 || id >= rows) {
      throw new InputError(`${where} has ${rows} rows, but row ${id} was asked for`);
    }
  }
  return rowBytes;
}

interface Destination {
  /** (rows of the block, rowBytes) */
  readonly bytes: Uint8Array;
  readonly rowBytes: number;
}

/** Small reads are made directly while they prove fast; the rest, and long ones, are left to the thread pool. */
async function fetchBlock(reader: TensorReader, reads: readonly RowRead[], destination: Destination): Promise<void> {
  const pooled: RowRead[] = [];
  let deadline = performance.now() + DIRECT_ALLOWANCE_MS;
  for (const read of reads) {
    if (read.length > MAX_DIRECT_BYTES || performance.now() > deadline) {
      pooled.push(read);
      continue;
    }
    const target = readTarget(read, destination);
    reader.readIntoSync(target, read.offset);
    scatter(read, target, destination);
    deadline += DIRECT_READ_MS;
  }
  const fetch = async (read: RowRead): Promise<void> => {
    const target = readTarget(read, destination);
    await reader.readInto(target, read.offset);
    scatter(read, target, destination);
  };
  await pMap(pooled, fetch, { concurrency: READS_IN_FLIGHT });
}

/** The place in the block itself when the read is one run of its rows, otherwise memory from which the rows are copied. */
function readTarget(read: RowRead, { bytes, rowBytes }: Destination): Uint8Array {
  const first = read.rows[0]!.to;
  return isRun(read, rowBytes)
    ? bytes.subarray(first * rowBytes, first * rowBytes + read.length)
    : allocateBytes(read.length);
}

function isRun({ rows, length }: RowRead, rowBytes: number): boolean {
  return length === rows.length * rowBytes && rows.every(({ to, from }) => from === (to - rows[0]!.to) * rowBytes);
}

function scatter(read: RowRead, source: Uint8Array, { bytes, rowBytes }: Destination): void {
  if (source.buffer === bytes.buffer) return;
  for (const { to, from } of read.rows) bytes.set(source.subarray(from, from + rowBytes), to * rowBytes);
}
