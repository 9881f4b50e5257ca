import { InputError } from "../../errors.js";
import { contentHint, START_BYTES } from "../../files/foreign-content.js";
import { withFile, type PositionedFile } from "../../files/positioned-file.js";
import type { TensorInfo } from "../../tensor/tensor-info.js";
import { parseSafetensorsHeader } from "./header.js";

/**
 * Largest header read, in bytes; the reference implementation has the same limit. A tensor takes some 100 to 150
 * bytes of header, so all of DeepSeek-V3 (some 90,000 tensors) in one file would take 13 MB.
 */
export const MAX_HEADER_BYTES = 100_000_000;

const LENGTH_BYTES = 8;

export interface SafetensorsFile {
  /** In the order of the header's keys. */
  readonly tensors: readonly TensorInfo[];
  /** The text map `__metadata__`; empty when the file has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads where the tensors of a safetensors file lie; only the header is read, whatever the size of the file.
 *
 * @throws InputError for every way in which the file breaks the format's specification
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return withFile(path, async (file) => {
    const headerLength = await readHeaderLength(file);
    const dataStart = LENGTH_BYTES + headerLength;
    const bytes = await file.read(LENGTH_BYTES, headerLength);
    const { entries, metadata } = parseSafetensorsHeader(bytes, file.size - dataStart, path);
    const tensors = entries.map(({ name, dtype, shape, begin, end }) => ({
      name,
      dtype,
      shape,
      file: path,
      byteOffset: dataStart + begin,
      byteLength: end - begin,
    }));
    return { tensors, metadata };
  });
}

async function readHeaderLength(file: PositionedFile): Promise<number> {
  const hint = contentHint(await file.read(0, Math.min(START_BYTES, file.size)));
  if (file.size < LENGTH_BYTES) {
    throw new InputError(
      `${file.path}: is ${file.size} bytes, but a safetensors file starts with an 8-byte header length; the file is truncated${hint}`,
    );
  }
  const length = (await file.read(0, LENGTH_BYTES)).readBigUInt64LE();
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new InputError(
      `${file.path}: claims a header of ${length} bytes, at most ${MAX_HEADER_BYTES} are allowed; this is not a safetensors file${hint}`,
    );
  }
  if (LENGTH_BYTES + Number(length) > file.size) {
    throw new InputError(
      `${file.path}: claims a header of ${length} bytes, but the file has ${file.size} in all; the file is truncated${hint}`,
    );
  }
  return Number(length);
}
