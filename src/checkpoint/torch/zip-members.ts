import { openPromise, type Entry, type ZipFile } from "yauzl";
import { InputError } from "../../errors.js";
import { describeSystemError } from "../../files/system-error.js";

/**
 * Most members an archive may have. PyTorch writes one per tensor and some five more; all tensors of DeepSeek-V3, in
 * all its shards, are some 90,000.
 */
export const MAX_MEMBERS = 100_000;

/** Where the bytes of an archive's member lie in the archive. */
export interface ZipMember {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** What was done to the bytes, so that the file does not hold them as they are. */
  readonly change: "compressed" | "encrypted" | undefined;
}

/**
 * Finds the members of a zip archive by name, from its central directory.
 * Throws InputError for a damaged archive, and for a name used twice or that leaves the archive (an absolute path,
 * "..", a backslash).
 */
export async function readZipMembers(path: string): Promise<ReadonlyMap<string, ZipMember>> {
  const zip = await openZip(path);
  try {
    if (zip.entryCount > MAX_MEMBERS) {
      throw new InputError(`${path}: claims ${zip.entryCount} members, at most ${MAX_MEMBERS} are read`);
    }
    const members = new Map<string, ZipMember>();
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      if (members.has(name)) throw new InputError(`${path}: member ${JSON.stringify(name)} is there twice`);
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      members.set(name, { name, offset: fileDataStart, length: entry.uncompressedSize, change: changeOf(entry) });
    }
    return members;
  } catch (error) {
    throw damaged(error, path);
  } finally {
    zip.close();
  }
}

const STORED = 0;

function changeOf(entry: Entry): ZipMember["change"] {
  if (entry.isEncrypted()) return "encrypted";
  const isStored = entry.compressionMethod === STORED && entry.compressedSize === entry.uncompressedSize;
  return isStored ? undefined : "compressed";
}

/** Throws InputError when the member is not simply a range of the file. */
export function checkStored({ name, change }: ZipMember, path: string): void {
  if (change === undefined) return;
  throw new InputError(
    `${path}: member ${JSON.stringify(name)} is ${change}, but weights are read in place; save the file anew with torch.save`,
  );
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false });
  } catch (error) {
    throw damaged(error, path);
  }
}

/** yauzl reports what is wrong with an archive as plain errors; those of the system and our own are kept. */
function damaged(error: unknown, path: string): Error {
  if (error instanceof InputError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return describeSystemError(error, path, "cannot be opened");
  return new InputError(`${path}: is not a sound zip archive: ${message}`, { cause: error });
}
