import { InputError } from "../../errors.js";
import { withFile, type PositionedFile } from "../../files/positioned-file.js";
import { elementCount, type CheckpointTensor } from "../../tensor/tensor-info.js";
import { HeaderGoesOn } from "./cursor.js";
import { parseGgufHeader, type GgufEntry, type GgufHeader } from "./header.js";
import type { Metadata } from "./metadata.js";

/** Read at first, in bytes. The headers of models with 150,000 to 260,000 tokens take 6 to 8 MB. */
const FIRST_READ_BYTES = 16 * 2 ** 20;

/** Longest header read, in bytes: as the largest tokenizer file that is read. */
const MAX_HEADER_BYTES = 256 * 2 ** 20;

/** What a GGUF file says of the model. */
export interface GgufSettings {
  readonly metadata: Metadata;
  /** In bytes; all that it says of model and tensors lies in these. */
  readonly headerLength: number;
}

export interface GgufFile extends GgufSettings {
  /** In the order of the file, under llama.cpp's names. Those in blocks are F32 to whoever reads them. */
  readonly tensors: readonly CheckpointTensor[];
}

/**
 * Reads where the tensors of a GGUF file lie, and its keys; no weight is read.
 * @throws InputError for every way in which the file breaks the format
 */
export async function readGguf(path: string): Promise<GgufFile> {
  const { entries, ...settings } = await withFile(path, readHeader);
  return { ...settings, tensors: entries.map((entry) => tensorOf(entry, path)) };
}

function tensorOf({ name, type, shape, byteOffset, byteLength }: GgufEntry, file: string): CheckpointTensor {
  if ("dtype" in type) return { name, dtype: type.dtype, shape, file, byteOffset, byteLength };
  const stored = { byteOffset, byteLength, format: type.format };
  return { name, dtype: "F32", shape, file, byteLength: 4 * elementCount(shape), stored };
}

/** A header does not say how long it is, so it is read again with twice the bytes until it ends in them. */
async function readHeader(file: PositionedFile): Promise<GgufHeader> {
  for (let length = FIRST_READ_BYTES; ; length *= 2) {
    const header = await parseFirst(file, Math.min(length, file.size));
    if (header !== undefined) return header;
    if (length >= MAX_HEADER_BYTES) {
      throw new InputError(`${file.path}: has a header of more than ${MAX_HEADER_BYTES} bytes; the file is damaged`);
    }
  }
}

/** Undefined when the header is longer. */
async function parseFirst(file: PositionedFile, length: number): Promise<GgufHeader | undefined> {
  const bytes = await file.read(0, length);
  try {
    return parseGgufHeader(bytes, file.size, file.path);
  } catch (error) {
    if (error instanceof HeaderGoesOn) return undefined;
    throw error;
  }
}
