import { throwIfAborted } from "../errors.js";
import { allocateBytes } from "./allocate.js";
import { readAhead } from "./read-ahead.js";

/** Bytes of one chunk of a stream; two chunks are held at a time. */
export const CHUNK_BYTES = 4 * 2 ** 20;

/** Anything that is read by position: a file, or a tensor inside one. */
export interface ByteSource {
  readInto(target: Uint8Array, offset: number): Promise<void>;
}

/** A tensor's bytes by position, counted from its first byte, whether they lie in a file or in memory. */
export interface TensorReader extends ByteSource {
  readIntoSync(target: Uint8Array, offset: number): void;
  close(): Promise<void>;
}

/**
 * The first `length` bytes of a source, in chunks of CHUNK_BYTES or as asked, each in an ArrayBuffer of its own; the next one
 * is read while the last is in use.
 *
 * @throws InterruptedError once `signal` fires
 */
export function streamBytes(
  source: ByteSource,
  length: number,
  {
    signal,
    chunkBytes = CHUNK_BYTES,
  }: { readonly signal?: AbortSignal | undefined; readonly chunkBytes?: number | undefined },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  return readAhead(offsetsUpTo(length, chunkBytes), async (offset) => {
    throwIfAborted(signal);
    const chunk = allocateBytes(Math.min(chunkBytes, length - offset));
    await source.readInto(chunk, offset);
    return chunk;
  });
}

/** Not a list: a file that only claims its size and holds nothing would make it as long as the claim. */
function* offsetsUpTo(length: number, step: number): Generator<number, void, undefined> {
  for (let offset = 0; offset < length; offset += step) yield offset;
}
