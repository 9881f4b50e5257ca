import { join } from "node:path";
import pMap from "p-map";
import { readShardIndex } from "../checkpoint/shard-index.js";
import { InputError, UnavailableError } from "../errors.js";
import { checkDiskSpace } from "../files/disk-space.js";
import { writeTextAtomically } from "../files/file-writer.js";
import { exists } from "../files/look.js";
import { makeFolder } from "../files/make-folder.js";
import type { Progress } from "../progress.js";
import { downloadFile, type CachedRepository } from "./download.js";
import { listRepository, type Listing, type RemoteFile } from "./remote-files.js";
import { addressOf, type HubRepository } from "./repository.js";
import type { HubAccess } from "./requests.js";
import { wantedFiles } from "./wanted-files.js";

/** Which Hub is asked, and where what it gives is kept. */
export interface HubOptions extends HubAccess {
  /** Folder of the Hugging Face cache. */
  readonly hubCache: string;
  /** Folder for parts of repositories, which no other program would know for parts. */
  readonly cacheFolder: string;
  readonly onProgress?: Progress | undefined;
}

/** Connections at the same time; the Hub gives each some 50 MB/s. */
const FILES_AT_ONCE = 4;

const folderOf = ({ type, name }: HubRepository): string => `${type}s--${name.replace("/", "--")}`;

/** Where a commit of a repository lies in the Hugging Face cache. */
export function cachedRepository(repository: HubRepository, commit: string, hubCache: string): CachedRepository {
  const folder = join(hubCache, folderOf(repository));
  return { folder, snapshot: join(folder, "snapshots", commit) };
}

/**
 * Brings what a folder of a repository needs into the Hugging Face cache, several files at once, and returns its snapshot. What is
 * there already is not fetched again.
 *
 * @throws what `listRepository` and `downloadFile` throw
 */
export async function fetchRepository(repository: HubRepository, options: HubOptions): Promise<string> {
  const listing = await beginFetch(repository, options);
  const cached = cachedRepository(repository, listing.commit, options.hubCache);
  const { settings, index, weights } = wantedFiles(listing);
  await downloadAll(listing, [...settings, ...(index === undefined ? [] : [index])], cached, options);
  const shards = index === undefined ? [] : await shardsOf(listing, index, cached);
  await downloadAll(listing, [...shards, ...weights], cached, options);
  await keepRevision(listing, cached);
  return repository.path === undefined ? cached.snapshot : join(cached.snapshot, ...repository.path.split("/"));
}

/** Asks what a repository holds. */
export async function beginFetch(repository: HubRepository, options: HubOptions): Promise<Listing> {
  options.onProgress?.({ stage: `asking the Hub for ${addressOf(repository)}`, done: 0, total: 0 });
  return listRepository(repository, options);
}

/** Downloads files, several at once; bytes that are there already count as done. */
export async function downloadAll(
  listing: Listing,
  files: readonly RemoteFile[],
  cached: CachedRepository,
  options: HubOptions,
): Promise<void> {
  await makeFolder(cached.snapshot);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const there = await pMap(files, async ({ hash }) => exists(join(cached.folder, "blobs", hash)));
  const missing = files.filter((_, i) => !there[i]).reduce((sum, { size }) => sum + size, 0);
  if (missing > 0) await checkDiskSpace(cached.folder, missing);
  const stage = `fetching ${addressOf(listing.repository)}`;
  let done = 0;
  const count = (bytes: number): void => {
    done += bytes;
    options.onProgress?.({ stage, done, total, unit: "bytes" });
  };
  await severalAtOnce(files, options, (file, access) => downloadFile(listing, file, cached, access, count));
}

/**
 * Does the same with several items at once. After the first error the others are ended, in order, and then it is thrown.
 */
export async function severalAtOnce<Item>(
  items: readonly Item[],
  options: HubOptions,
  work: (item: Item, options: HubOptions) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const signal = options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
  const errors: unknown[] = [];
  const attempt = async (item: Item): Promise<void> => {
    if (errors.length > 0) return;
    try {
      await work(item, { ...options, signal });
    } catch (error) {
      errors.push(error);
      ending.abort();
    }
  };
  await pMap(items, attempt, { concurrency: FILES_AT_ONCE });
  if (errors.length > 0) throw errors[0];
}

/** The shards that an index names. */
export async function shardsOf(listing: Listing, index: RemoteFile, cached: CachedRepository): Promise<RemoteFile[]> {
  const named = new Set((await readShardIndex(join(cached.snapshot, index.path))).values());
  return [...named].sort().map((name) => {
    const file = listing.files.find(({ path }) => path === name);
    if (file !== undefined) return file;
    throw new InputError(`${addressOf(listing.repository)}: ${index.path} names ${name}, which the repository lacks`);
  });
}

/** Writes which commit a branch or tag was, as huggingface_hub does; a commit needs no such note. */
export async function keepRevision({ repository, commit }: Listing, { folder }: CachedRepository): Promise<void> {
  const { revision = "main" } = repository;
  if (revision === commit) return;
  const path = join(folder, "refs", ...revision.split("/"));
  await makeFolder(join(path, ".."));
  await writeTextAtomically(path, commit);
}

/** The error about what would have to be fetched where that is forbidden. */
export const forbidden = (repository: HubRepository, hubCache: string): UnavailableError =>
  new UnavailableError(
    `${addressOf(repository)}: ${hubCache} does not hold all of it, and --offline (HF_HUB_OFFLINE) lets nothing be fetched; fetch it where there is a network: hf download ${repository.name}`,
  );
