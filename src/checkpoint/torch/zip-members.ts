import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry } from "yauzl";
import { InputError } from "../../errors.js";
import type { PositionedFile } from "../../files/positioned-file.js";

/**
 * Most members an archive may have. PyTorch writes one per tensor and some five more; all tensors of DeepSeek-V3, in
 * all its shards, are some 90,000.
 */
const MAX_MEMBERS = 100_000;

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
 *
 * @throws InputError for a damaged archive, and for a name used twice or that leaves the archive (an absolute path, "..", a
 *   backslash)
 */
export async function readZipMembers(file: PositionedFile): Promise<ReadonlyMap<string, ZipMember>> {
  try {
    const zip = await fromRandomAccessReaderPromise(new CheckedReader(file), file.size, { autoClose: false });
    if (zip.entryCount > MAX_MEMBERS) {
      throw new InputError(`${file.path}: claims ${zip.entryCount} members, at most ${MAX_MEMBERS} are read`);
    }
    const members = new Map<string, ZipMember>();
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      if (members.has(name)) throw new InputError(`${file.path}: member ${JSON.stringify(name)} is there twice`);
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      members.set(name, { name, offset: fileDataStart, length: entry.uncompressedSize, change: changeOf(entry) });
    }
    return members;
  } catch (error) {
    // yauzl says what is wrong with an archive as plain errors.
    if (error instanceof InputError || (error as NodeJS.ErrnoException).code !== undefined) throw error;
    throw new InputError(`${file.path}: is not a sound zip archive: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads for yauzl, whose own reader lets a position beyond the largest offset end the process. */
class CheckedReader extends RandomAccessReader {
  constructor(private readonly file: PositionedFile) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (position + length > this.file.size) {
      setImmediate(callback, new Error(`it points to byte ${position}, but the file has ${this.file.size}`));
      return;
    }
    this.file.readInto(buffer.subarray(offset, offset + length), position).then(() => callback(null), callback);
  }
}

const STORED = 0;

function changeOf(entry: Entry): ZipMember["change"] {
  if (entry.isEncrypted()) return "encrypted";
  const isStored = entry.compressionMethod === STORED && entry.compressedSize === entry.uncompressedSize;
  return isStored ? undefined : "compressed";
}

/**
 * Checks that a member is a plain range of the file.
 *
 * @throws InputError when it is compressed or encrypted
 */
export function checkStored({ name, change }: ZipMember, path: string): void {
  if (change === undefined) return;
  throw new InputError(
    `${path}: member ${JSON.stringify(name)} is ${change}, but weights are read in place; save the file anew with torch.save`,
  );
}
