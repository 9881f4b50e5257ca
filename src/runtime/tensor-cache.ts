import { createHash } from "node:crypto";
import { join } from "node:path";
import { readSafetensors } from "../checkpoint/safetensors/read.js";
import { writeSafetensors, type TensorToWrite } from "../checkpoint/safetensors/write.js";
import { exists } from "../files/json-file.js";
import { streamTensor } from "../files/read-tensor.js";
import { makeFolder } from "../files/make-folder.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";

export interface CacheOptions {
  /** Made when it does not exist; what lies in it can be deleted at any time. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/** What is kept: the tensors made from `sources` in one way. */
export interface CachedTensors {
  /** Says how they are made; another text is another file. */
  readonly recipe: string;
  readonly sources: readonly CheckpointTensor[];
  readonly make: () => Promise<readonly TensorToWrite[]>;
}

/**
 * Tensors that are worked out once and kept as a safetensors file, named by the recipe and the SHA-256 of all source bytes.
 * So a cache is never stale, and two copies of a checkpoint share it.
 */
export async function cachedTensors(
  { recipe, sources, make }: CachedTensors,
  { cacheFolder, signal }: CacheOptions,
): Promise<ReadonlyMap<string, CheckpointTensor>> {
  const path = join(cacheFolder, `${recipe}-${await contentHash(sources, signal)}.safetensors`);
  if (!(await exists(path))) {
    await makeFolder(cacheFolder);
    await writeSafetensors(path, await make(), { metadata: { format: "pt", recipe }, signal });
  }
  const { tensors } = await readSafetensors(path);
  return new Map([...tensors].map((tensor) => [tensor.name, tensor]));
}

/** Half of a SHA-256 is plenty to tell files apart. */
const HASH_LENGTH = 32;

async function contentHash(sources: readonly CheckpointTensor[], signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) {
    hash.update(JSON.stringify([source.name, source.dtype, source.shape]));
    for await (const chunk of streamTensor(source, { signal })) hash.update(chunk);
  }
  return hash.digest("hex").slice(0, HASH_LENGTH);
}
