import { createHash } from "node:crypto";
import { withFile } from "./positioned-file.js";
import { streamBytes } from "./stream-bytes.js";

/** SHA-256 of bytes, or of text as UTF-8, in lower-case hexadecimal. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** SHA-256 of chunks in the order they come. */
export async function sha256OfChunks(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/**
 * SHA-256 of a file of any size.
 *
 * @throws InputError when it cannot be read
 * @throws InterruptedError once `signal` fires
 */
export async function sha256OfFile(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return withFile(path, (file) => sha256OfChunks(streamBytes(file, file.size, { signal })));
}
