import { createHash } from "node:crypto";
import { join } from "node:path";
import { CHECKSUM_KEY, holdsItsData } from "../../checkpoint/safetensors/checksum.js";
import { readSafetensors } from "../../checkpoint/safetensors/read.js";
import { writeSafetensors, type TensorToWrite } from "../../checkpoint/safetensors/write.js";
import { InterruptedError, LangbridgeError, UnavailableError } from "../../errors.js";
import { exists } from "../../files/look.js";
import type { Progress } from "../../progress.js";
import { reportProgress } from "../../checkpoint/report-progress.js";
import { outlineByteLength } from "../../checkpoint/tensor-to-write.js";
import { streamTensor } from "../../files/read-tensor.js";
import { makeFolder } from "../../files/make-folder.js";
import {
  isDecoded,
  isMerged,
  storedByteLength,
  type CheckpointTensor,
  type TensorInfo,
} from "../../tensor/tensor-info.js";

export interface CacheOptions {
  /** The folder is made when it does not exist; its files can be deleted at any time. */
  readonly cacheFolder: string;
  /** Called with one line about what was worked out and kept, and about a file that was damaged and is made anew. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly onProgress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is kept: the tensors made from `sources` in one way. */
export interface CachedTensors {
  /** Says how they are made; another text is another file. */
  readonly recipe: string;
  /** What is made, for a line of progress: "the weights in blocks". */
  readonly what: string;
  readonly sources: readonly CheckpointTensor[];
  readonly make: () => Promise<readonly TensorToWrite[]>;
}

/**
 * Tensors that are computed once and kept as a safetensors file, named by the recipe and the SHA-256 of all source bytes. So
 * a cache is never stale, and two copies of a checkpoint share it. The file holds a checksum of its data, which is compared
 * at each opening: nothing else would tell wrong weights from right ones. A file that is damaged or holds anything else is
 * made anew.
 *
 * @throws UnavailableError with the way to another cache folder when the file cannot be kept in this one
 * @throws InterruptedError once `signal` fires
 */
export async function cachedTensors(
  { recipe, what, sources, make }: CachedTensors,
  { cacheFolder, onNote, onProgress, signal }: CacheOptions,
): Promise<ReadonlyMap<string, CheckpointTensor>> {
  const made = `${recipe}-${await contentHash(sources, { onProgress, signal })}`;
  const path = join(cacheFolder, `${made}.safetensors`);
  try {
    const kept = await readKept(path, made, { onNote, signal });
    if (kept !== undefined) {
      onProgress?.({ stage: `taking ${what} from ${cacheFolder}`, done: 0, total: 0 });
      return byName(kept);
    }
    await makeFolder(cacheFolder);
    onProgress?.({ stage: `working out ${what}, once`, done: 0, total: 0 });
    const tensors = await make();
    const metadata = { format: "pt", made, holds: layoutHash(tensors) };
    const written = await writeSafetensors(path, counted(tensors, what, onProgress), {
      ...{ metadata, checksum: true, signal },
    });
    onNote?.(`${what}: worked out, and kept in ${path} (${(written.byteLength / 1e6).toFixed(1)} MB)`);
    return byName(written.tensors);
  } catch (error) {
    throw isAbout(error, [`${cacheFolder}:`, made]) ? withWayOut(error) : error;
  }
}

/** The bytes of a tensor as they lie in its file. */
function asStored(tensor: CheckpointTensor): CheckpointTensor {
  if (!isDecoded(tensor)) return tensor;
  const { name, file, stored } = tensor;
  return { name, file, dtype: "U8", shape: [stored.byteLength], ...stored };
}

const byName = (tensors: readonly TensorInfo[]): ReadonlyMap<string, CheckpointTensor> =>
  new Map(tensors.map((tensor) => [tensor.name, tensor]));

/**
 * The tensors of the file; undefined when there is no file, when it is damaged, or when it says that it was written for
 * something else.
 */
async function readKept(
  path: string,
  made: string,
  { onNote, signal }: Pick<CacheOptions, "onNote" | "signal">,
): Promise<readonly TensorInfo[] | undefined> {
  if (!(await exists(path))) return undefined;
  try {
    const file = await readSafetensors(path);
    const { tensors, metadata } = file;
    const isOwn = metadata["made"] === made && metadata["holds"] === layoutHash(tensors);
    if (isOwn && (await holdsItsData(path, file, { signal }))) return tensors;
    // Version 0.1.0 wrote no checksum; such a file need not be damaged.
    if (isOwn && metadata[CHECKSUM_KEY] === undefined) return undefined;
  } catch (error) {
    if (error instanceof InterruptedError || !(error instanceof LangbridgeError)) throw error;
  }
  onNote?.(`${path}: is damaged, or not what was written there; it is made anew`);
  return undefined;
}

/** A file of that name that something else wrote does not say this, or does not say it of these tensors. */
function layoutHash(tensors: readonly Pick<TensorToWrite, "name" | "dtype" | "shape">[]): string {
  const layout = tensors.map(({ name, dtype, shape }) => JSON.stringify([name, dtype, shape])).sort();
  return createHash("sha256").update(layout.join("\n")).digest("hex").slice(0, HASH_LENGTH);
}

const isAbout = (error: unknown, names: readonly string[]): error is Error =>
  error instanceof Error && names.some((name) => error.message.includes(name));

/** Errors about the folder or its files say how to choose another folder; errors about what is read or computed pass unchanged. */
function withWayOut(error: Error): Error {
  return new UnavailableError(
    `${error.message}; another cache folder can be named: LANGBRIDGE_CACHE_DIR for the command, cacheFolder in the library`,
    { cause: error },
  );
}

/** Half of a SHA-256 is plenty to tell files apart. */
const HASH_LENGTH = 32;

const counted = (
  tensors: readonly TensorToWrite[],
  what: string,
  onProgress: Progress | undefined,
): readonly TensorToWrite[] => {
  const total = tensors.reduce((sum, tensor) => sum + outlineByteLength(tensor, "cache"), 0);
  return reportProgress(tensors, { total, stage: `working out ${what}, once` }, onProgress);
};

/** What a tensor is computed from; itself where it is stored. */
const storedParts = (tensor: CheckpointTensor): readonly CheckpointTensor[] =>
  isMerged(tensor) ? [...storedParts(tensor.base), tensor.change.left, tensor.change.right] : [tensor];

async function contentHash(
  given: readonly CheckpointTensor[],
  { onProgress, signal }: Pick<CacheOptions, "onProgress" | "signal">,
): Promise<string> {
  const hash = createHash("sha256");
  const sources = given.flatMap(storedParts);
  for (const { name, change } of given.filter(isMerged))
    hash.update(JSON.stringify([name, change.scale, change.transposed]));
  const total = sources.reduce((sum, source) => sum + storedByteLength(source), 0);
  let done = 0;
  for (const source of sources) {
    // Blocks are hashed as they are stored: to turn them into numbers takes many times longer.
    const { format, pairedHeads } = isDecoded(source) ? source.stored : {};
    hash.update(JSON.stringify([source.name, format?.name ?? source.dtype, source.shape, pairedHeads]));
    for await (const chunk of streamTensor(asStored(source), { signal })) {
      hash.update(chunk);
      done += chunk.byteLength;
      onProgress?.({ stage: "hashing weights, to find what was worked out of them", done, total, unit: "bytes" });
    }
  }
  return hash.digest("hex").slice(0, HASH_LENGTH);
}
