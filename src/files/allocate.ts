/** How many blocks a consumer may still use when memory is recycled: one in its hands, one on its way to a file, one ahead. */
const RECYCLED_BLOCKS = 4;

/** Gives memory as `allocateBytes` does. */
export type Allocate = (length: number) => Uint8Array<ArrayBuffer>;

/**
 * Gives the same few buffers again and again. Blocks that only pass through would otherwise make the garbage collector walk
 * the whole heap every few blocks. A block is valid until RECYCLED_BLOCKS - 1 more have been asked for.
 */
export function recycledBytes(): Allocate {
  const slots: Uint8Array<ArrayBuffer>[] = [];
  let turn = 0;
  return (length) => {
    const slot = turn++ % RECYCLED_BLOCKS;
    const bytes = slots[slot];
    if (bytes !== undefined && bytes.byteLength >= length) return bytes.subarray(0, length);
    return (slots[slot] = allocateBytes(length));
  };
}

/** Memory that is not set to zero, since it is filled before it is read; in an ArrayBuffer of its own, at offset 0. */
export function allocateBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}
