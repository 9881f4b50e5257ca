import { InputError, LangbridgeError } from "../errors.js";
import type { Listing, RemoteFile } from "./remote-files.js";
import { fileUrl } from "./remote-files.js";
import { askHub, interrupted, MOST_TRIES, pause, unreachable, waitBefore, within, type HubAccess } from "./requests.js";

/** Takes the bytes from `position` on, in order; the next piece comes when it has returned. */
export type TakeBytes = (bytes: Uint8Array, position: number) => Promise<void>;

/**
 * Reads bytes `from` to `to` (not included) of a file of the Hub. A connection that breaks off is gone on with where it broke; a host that
 * does not answer ranges is read from the beginning.
 *
 * @throws InputError when the file is another one than the Hub listed
 * @throws UnavailableError when the host cannot be reached, or breaks off again and again
 */
export async function readRemote(
  listing: Listing,
  file: RemoteFile,
  range: { readonly from: number; readonly to: number },
  take: TakeBytes,
  access: HubAccess,
): Promise<void> {
  let { from } = range;
  let failed = 0;
  while (from < range.to) {
    const before = from;
    try {
      from = await readSome(listing, file, { from, to: range.to }, take, access);
      if (from < range.to) throw new Error(`ends at byte ${from} of ${file.size}`);
    } catch (error) {
      if (error instanceof LangbridgeError) throw error;
      if (error instanceof BrokenOff) from = error.position;
      failed = from > before ? 1 : failed + 1;
      if (failed >= MOST_TRIES) throw unreachable(error, { ...listing.repository, path: file.path }, access);
      await pause(waitBefore(failed, access), access);
    }
  }
}

/** A connection that ended before its time. */
class BrokenOff extends Error {
  constructor(
    readonly position: number,
    cause: unknown,
  ) {
    super("broken off", { cause });
  }
}

async function readSome(
  listing: Listing,
  file: RemoteFile,
  { from, to }: { readonly from: number; readonly to: number },
  take: TakeBytes,
  access: HubAccess,
): Promise<number> {
  const isWhole = from === 0 && to === file.size;
  // Bytes as they are: a compressed answer has other lengths.
  const headers = { "accept-encoding": "identity", ...(!isWhole && { range: `bytes=${from}-${to - 1}` }) };
  const { repository } = listing;
  const { response, said } = await askHub(
    fileUrl(listing, file.path, access),
    { headers },
    { ...repository, path: file.path },
    access,
  );
  requireSameFile(file, listing, said);
  let position = firstByte(response, from, file, listing);
  const reader = response.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  try {
    for (;;) {
      const { done, value } = await within(access, (signal) => race(reader.read(), signal));
      if (done) return position;
      const start = Math.max(0, from - position);
      const end = Math.min(value.byteLength, to - position);
      if (isWhole && position + value.byteLength > file.size)
        throw differs(file, listing, `more than ${file.size} bytes`);
      if (end > start) await take(value.subarray(start, end), position + start);
      position += value.byteLength;
      if (position >= to && !isWhole) return to;
    }
  } catch (error) {
    if (error instanceof LangbridgeError) throw error;
    throw new BrokenOff(Math.max(from, Math.min(position, to)), error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function race<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : interrupted());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** The first byte of an answer: that asked for, or that of the file where the host does not answer ranges. */
function firstByte(response: Response, from: number, file: RemoteFile, listing: Listing): number {
  const range = response.headers.get("content-range");
  if (response.status === 416) throw differs(file, listing, "fewer bytes");
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? "") ?? [];
  if (size !== undefined && size !== "*" && Number(size) !== file.size) throw differs(file, listing, `${size} bytes`);
  if (response.status !== 206) return 0;
  if (start !== undefined && Number(start) <= from) return Number(start);
  throw differs(file, listing, `the range ${range ?? "of no bytes"}`);
}

/** The Hub says in its answer, or in the redirect to it, which file it is. */
function requireSameFile(file: RemoteFile, listing: Listing, said: Headers): void {
  const tag = said.get("x-linked-etag") ?? (file.isLarge ? null : said.get("etag"));
  const hash = tag?.replace(/^W\//, "").replaceAll('"', "");
  if (hash === undefined || hash === file.hash || !/^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(hash)) return;
  throw differs(file, listing, `another hash, ${hash.slice(0, 12)}`);
}

/** The error about a file that is not what the Hub listed. */
export function differs(file: RemoteFile, { repository: { name }, commit }: Listing, got: string): InputError {
  return new InputError(
    `${name}/${file.path}: has ${got}, the Hub lists ${file.size} bytes of hash ${file.hash.slice(0, 12)} at commit ${commit.slice(0, 12)}; it changed meanwhile or was damaged on its way: run the same again`,
  );
}
