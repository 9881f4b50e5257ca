import { subtle } from "node:crypto";
import { gatherRows } from "./gather-rows.js";
import { sha256 } from "./hash.js";
import type { FloatMatrix } from "./read-rows.js";

/**
 * SHA-256 over the SHA-256 digests of the blocks of a stream. Blocks can be hashed in the thread pool while the next ones are
 * read; one running hash could not. The blocks are those of `gatherRows`, so the rows of a table always give the same blocks.
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

/** The hash of rows of a matrix in the order of `rows`; the same rows always give the same hash. */
export async function hashRows(
  matrix: FloatMatrix,
  rows: ArrayLike<number>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const hash = new BlockHash();
  for await (const { bytes } of gatherRows(matrix, rows, { signal, passThrough: true })) hash.add(bytes);
  return hash.finish();
}
