import { join } from "node:path";
import { z } from "zod";
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.js";
import { MAX_HEADER_BYTES } from "../checkpoint/safetensors/read.js";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import { checkDiskSpace } from "../files/disk-space.js";
import { writeTextAtomically } from "../files/file-writer.js";
import { linkFile, openHollowFile } from "../files/growing-file.js";
import { readJsonFile } from "../files/json-file.js";
import { exists, realPath } from "../files/look.js";
import { makeFolder } from "../files/make-folder.js";
import { acquireLock } from "../files/process-lock.js";
import { findEmbeddingTable } from "../model/llm/embedding-table.js";
import { tiedByClass } from "../model/llm/llm-families.js";
import type { CheckpointTensor, TensorInfo } from "../tensor/tensor-info.js";
import {
  beginFetch,
  cachedRepository,
  downloadAll,
  fetchRepository,
  keepRevision,
  severalAtOnce,
  shardsOf,
  type HubOptions,
} from "./fetch-repository.js";
import { readRemote } from "./read-bytes.js";
import type { Listing, RemoteFile } from "./remote-files.js";
import { addressOf, type HubRepository } from "./repository.js";
import { wantedFiles } from "./wanted-files.js";

/** What of an LLM's weights is fetched: the headers alone, or the embedding table too. */
export type Part = "headers" | "table";

/** What of the weights a folder of parts holds; the rest of its files is nothing. */
const RECORD = "fetched.json";
const recordSchema = z.object({ headers: z.boolean(), ranges: z.array(z.tuple([z.string(), z.int(), z.int()])) });
type PartRecord = z.output<typeof recordSchema>;

/** Of a range that is fetched at once; with four at a time, what an interruption costs. */
const CHUNK_BYTES = 32 * 2 ** 20;
/** Read of a file first: nearly every header of a shard is within it. */
const FIRST_BYTES = 2 ** 18;

/** Where parts of a commit lie: apart from the Hugging Face cache, whose readers take a file for whole. */
export function partFolder(repository: HubRepository, commit: string, cacheFolder: string): string {
  const { snapshot } = cachedRepository(repository, commit, join(cacheFolder, "hub-parts"));
  return snapshot;
}

/** The folder of parts, where it holds all that is wanted. */
export async function wholePart(folder: string, part: Part): Promise<string | undefined> {
  const record = await readRecord(folder);
  if (!record.headers) return undefined;
  const missing = await missingRanges(folder, part, record);
  return missing.length === 0 ? folder : undefined;
}

/**
 * Brings settings and tokenizer of an LLM into the Hugging Face cache, and of its weights only the headers, or headers and embedding
 * table, into a folder of parts: files of the full size, of which the rest was never written. A repository whose weights are no
 * safetensors is fetched whole, as is one that holds an adapter and no LLM. Returns the folder.
 *
 * @throws what `fetchRepository` throws
 */
export async function fetchPart(repository: HubRepository, part: Part, options: HubOptions): Promise<string> {
  if (repository.path !== undefined) return fetchRepository(repository, options);
  const listing = await beginFetch(repository, options);
  const cached = cachedRepository(repository, listing.commit, options.hubCache);
  const { settings, index, weights } = wantedFiles(listing);
  const indexes = index === undefined ? [] : [index];
  await downloadAll(listing, [...settings, ...indexes], cached, options);
  const shards = index === undefined ? weights : await shardsOf(listing, index, cached);
  const isPartly =
    shards.length > 0 && shards.every(({ path }) => path.endsWith(".safetensors") && !path.startsWith("adapter_model"));
  if (!isPartly) return fetchRepository(repository, options);
  const folder = partFolder(repository, listing.commit, options.cacheFolder);
  await makeFolder(folder);
  const lock = await acquireLock(join(folder, ".lock"), folder);
  try {
    for (const { path } of [...settings, ...indexes])
      await linkFile(await realPath(join(cached.snapshot, path)), join(folder, path));
    const record = await readRecord(folder);
    if (!record.headers) await fetchHeaders(listing, shards, folder, options);
    await keepRecord(folder, { ...record, headers: true });
    await fetchRanges(listing, folder, part, options);
  } finally {
    await lock.release();
  }
  await keepRevision(listing, cached);
  return folder;
}

async function fetchHeaders(
  listing: Listing,
  shards: readonly RemoteFile[],
  folder: string,
  options: HubOptions,
): Promise<void> {
  const stage = `fetching the headers of ${addressOf(listing.repository)}`;
  let done = 0;
  const fetchOne = async (shard: RemoteFile, access: HubOptions): Promise<void> => {
    const bytes = await readHeader(listing, shard, access);
    const file = await openHollowFile(join(folder, ...shard.path.split("/")), shard.size);
    try {
      await file.writeAt(bytes, 0);
    } finally {
      await file.close();
    }
    options.onProgress?.({ stage, done: ++done, total: shards.length });
  };
  await severalAtOnce(shards, options, fetchOne);
}

/** The 8 bytes of its length and the header itself. */
async function readHeader(listing: Listing, file: RemoteFile, options: HubOptions): Promise<Uint8Array> {
  const start = await readRange(listing, file, 0, Math.min(FIRST_BYTES, file.size), options);
  const length = start.byteLength < 8 ? 0 : Number(Buffer.from(start).readBigUInt64LE());
  const end = 8 + length;
  if (length === 0 || length > MAX_HEADER_BYTES || end > file.size) {
    throw new InputError(
      `${addressOf(listing.repository)}/${file.path}: claims a header of ${length} bytes in a file of ${file.size}; this is no safetensors file`,
    );
  }
  if (end <= start.byteLength) return start.subarray(0, end);
  return Buffer.concat([start, await readRange(listing, file, start.byteLength, end, options)]);
}

async function readRange(
  listing: Listing,
  file: RemoteFile,
  from: number,
  to: number,
  options: HubOptions,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  await readRemote(
    listing,
    file,
    { from, to },
    (piece, position) => Promise.resolve(bytes.set(piece, position - from)),
    options,
  );
  return bytes;
}

type Range = readonly [file: string, from: number, to: number];

async function fetchRanges(listing: Listing, folder: string, part: Part, options: HubOptions): Promise<void> {
  const record = await readRecord(folder);
  const missing = await missingRanges(folder, part, record);
  const total = missing.reduce((sum, [, from, to]) => sum + to - from, 0);
  if (total > 0) await checkDiskSpace(folder, total);
  const ranges = [...record.ranges];
  let done = 0;
  const fetchOne = async ([name, from, to]: Range, access: HubOptions): Promise<void> => {
    const file = listing.files.find(({ path }) => path === name)!;
    const hollow = await openHollowFile(join(folder, ...name.split("/")), file.size);
    try {
      const take = async (bytes: Uint8Array, position: number): Promise<void> => {
        await hollow.writeAt(bytes, position);
        done += bytes.byteLength;
        options.onProgress?.({
          stage: `fetching the embedding table of ${addressOf(listing.repository)}`,
          done,
          total,
          unit: "bytes",
        });
      };
      await readRemote(listing, file, { from, to }, take, access);
    } finally {
      await hollow.close();
    }
    ranges.push([name, from, to]);
    await keepRecord(folder, { headers: true, ranges });
  };
  await severalAtOnce(missing, options, fetchOne);
  // Of records that were written at the same time any may be the last.
  await keepRecord(folder, { headers: true, ranges });
}

/** The chunks of what is wanted that are not there. */
async function missingRanges(folder: string, part: Part, { ranges }: PartRecord): Promise<Range[]> {
  const checkpoint = await openCheckpoint(folder);
  const there = new Set(ranges.map((range) => range.join(" ")));
  const wanted = await wantedTensors(checkpoint, part);
  return wanted.flatMap((tensor) => chunksOf(tensor, folder)).filter((range) => !there.has(range.join(" ")));
}

/** Of an adapter's layers there are few bytes, and `inspect` reads them. */
const OF_ADAPTER = /(?:^|\.)(?:mm_projector\.|mm_vocab_matrix$|decode_matrix$)/;

async function wantedTensors(checkpoint: Checkpoint, part: Part): Promise<readonly CheckpointTensor[]> {
  const tensors = [...checkpoint.tensors.values()];
  const own = tensors.filter(({ name }) => OF_ADAPTER.test(name));
  if (own.length === tensors.length) return own;
  const path = join(checkpoint.folder, "config.json");
  if (!(await exists(path))) return own;
  const config = await readJsonFile(path);
  const { tensor, head } = findEmbeddingTable(tensors, config, checkpoint.folder, { tiedByClass: tiedByClass(config) });
  if (part === "table") return [...own, tensor];
  // Whether a head of its own differs from the table is said by its numbers.
  const saysTied = (config as { readonly tie_word_embeddings?: boolean } | null)?.tie_word_embeddings === true;
  return saysTied && head !== undefined ? [...own, tensor, head] : own;
}

function chunksOf(tensor: CheckpointTensor, folder: string): Range[] {
  const { file, byteOffset, byteLength } = tensor as TensorInfo;
  const name = file.slice(folder.length + 1).replaceAll("\\", "/");
  const chunks: Range[] = [];
  for (let from = 0; from < byteLength; from += CHUNK_BYTES) {
    chunks.push([name, byteOffset + from, byteOffset + Math.min(byteLength, from + CHUNK_BYTES)]);
  }
  return chunks;
}

async function readRecord(folder: string): Promise<PartRecord> {
  const path = join(folder, RECORD);
  return (await exists(path))
    ? checkJson(recordSchema, await readJsonFile(path), path)
    : { headers: false, ranges: [] };
}

const keepRecord = (folder: string, record: PartRecord): Promise<void> =>
  writeTextAtomically(join(folder, RECORD), JSON.stringify(record));
