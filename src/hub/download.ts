import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { GrowingFile, linkFile } from "../files/growing-file.js";
import { exists, removeFile } from "../files/look.js";
import { makeFolder } from "../files/make-folder.js";
import { withFile } from "../files/positioned-file.js";
import { acquireLock } from "../files/process-lock.js";
import { streamBytes } from "../files/stream-bytes.js";
import { differs, readRemote } from "./read-bytes.js";
import type { Listing, RemoteFile } from "./remote-files.js";
import type { HubAccess } from "./requests.js";

/** Where a repository lies in a Hugging Face cache. Source: huggingface_hub, "Understand caching": refs, blobs and snapshots. */
export interface CachedRepository {
  /** `models--org--name`. */
  readonly folder: string;
  /** `snapshots/<commit>`. */
  readonly snapshot: string;
}

/** How many bytes of a file are there, called as they come. */
export type CountBytes = (bytes: number) => void;

/**
 * Brings a file of a repository into the cache: its bytes to `blobs/<hash>`, and a link to them into the snapshot. What an earlier run
 * left in `blobs/<hash>.incomplete` is gone on from. The bytes are hashed on the way and compared with what the Hub lists.
 *
 * @throws what `readRemote` throws, and InputError for bytes of another hash: they are not kept
 * @throws UnavailableError when the cache cannot be written
 */
export async function downloadFile(
  listing: Listing,
  file: RemoteFile,
  { folder, snapshot }: CachedRepository,
  access: HubAccess,
  count: CountBytes,
): Promise<void> {
  const path = join(snapshot, ...file.path.split("/"));
  if (await exists(path)) return count(file.size);
  const blob = join(folder, "blobs", file.hash);
  if (await exists(blob)) count(file.size);
  else await fetchBlob(listing, file, blob, access, count);
  await linkFile(blob, path);
}

async function fetchBlob(
  listing: Listing,
  file: RemoteFile,
  blob: string,
  access: HubAccess,
  count: CountBytes,
): Promise<void> {
  await makeFolder(join(blob, ".."));
  const lock = await acquireLock(`${blob}.lock`, blob);
  try {
    const incomplete = `${blob}.incomplete`;
    // What an earlier run left may be damaged: then, once more from the beginning.
    const hadBytes = await exists(incomplete);
    if (!(await fetchInto(listing, file, { incomplete, blob }, access, count)) && hadBytes) {
      if (await fetchInto(listing, file, { incomplete, blob }, access, count)) return;
    } else if (await exists(blob)) return;
    throw differs(file, listing, "another hash than its bytes make");
  } finally {
    await lock.release();
  }
}

/** Fetches what is missing; false, with nothing kept, where the bytes hash to something else. */
async function fetchInto(
  listing: Listing,
  file: RemoteFile,
  { incomplete, blob }: { readonly incomplete: string; readonly blob: string },
  access: HubAccess,
  count: CountBytes,
): Promise<boolean> {
  const growing = await GrowingFile.open(incomplete);
  try {
    const hash = await startHash(growing, file);
    count(growing.size);
    await readRemote(
      listing,
      file,
      { from: growing.size, to: file.size },
      async (bytes) => {
        hash.update(bytes);
        await growing.append(bytes);
        count(bytes.byteLength);
      },
      access,
    );
    if (hash.digest("hex") === file.hash) {
      await growing.finish(blob);
      return true;
    }
    count(-growing.size);
    await growing.clear();
    return false;
  } finally {
    await growing.close();
    if (growing.size === 0) await removeFile(incomplete);
  }
}

/** The hash of what is there already; more than the file has cannot be a part of it. */
async function startHash(growing: GrowingFile, file: RemoteFile): Promise<Hash> {
  if (growing.size > file.size) await growing.clear();
  const hash = file.isLarge
    ? createHash("sha256")
    : // Git hashes its own header first.
      createHash("sha1").update(`blob ${file.size}\0`);
  if (growing.size === 0) return hash;
  await withFile(growing.path, async (read) => {
    for await (const chunk of streamBytes(read, read.size, {})) hash.update(chunk);
  });
  return hash;
}
