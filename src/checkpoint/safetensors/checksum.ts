import { sha256OfChunks } from "../../files/hash.js";
import { withFile } from "../../files/positioned-file.js";
import { streamBytes } from "../../files/stream-bytes.js";
import type { SafetensorsFile } from "./read.js";

/** Key of `__metadata__` for the SHA-256 of everything behind the header, which `writeSafetensors` puts there when it is asked to. */
export const CHECKSUM_KEY = "data_sha256";

/**
 * Whether the data of a file is what was written; the whole file is read for that. False where its header holds no checksum.
 *
 * @throws InputError when the file cannot be read
 * @throws InterruptedError once `signal` fires
 */
export async function holdsItsData(
  path: string,
  { tensors, metadata }: SafetensorsFile,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<boolean> {
  const start = Math.min(...tensors.map(({ byteOffset }) => byteOffset));
  const digest = await withFile(path, (file) => {
    const data = { readInto: (target: Uint8Array, offset: number) => file.readInto(target, start + offset) };
    return sha256OfChunks(streamBytes(data, Number.isFinite(start) ? file.size - start : 0, { signal }));
  });
  return digest === metadata[CHECKSUM_KEY];
}
