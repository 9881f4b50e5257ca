import { InputError } from "../../errors.js";
import { contentHint } from "../../files/foreign-content.js";
import { HeaderCursor } from "./cursor.js";
import { readMetadata, type Metadata } from "./metadata.js";
import { pieceOf, READABLE_TYPES, storedType, typeName, type StoredType } from "./tensor-types.js";

export const MAGIC = "GGUF";
const VERSIONS = [2, 3];

/** Dimensions of a tensor. Source: GGML_MAX_DIMS. */
export const MAX_DIMENSIONS = 4;

/** Where the data of each tensor begins, unless `general.alignment` says otherwise. */
export const DEFAULT_ALIGNMENT = 32;

/** A tensor of the header. */
export interface GgufEntry {
  readonly name: string;
  readonly type: StoredType;
  /** Rows first, as PyTorch counts; the file has them the other way round. */
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface GgufHeader {
  /** In bytes, without the padding behind it. */
  readonly headerLength: number;
  readonly metadata: Metadata;
  /** In the order of the file. */
  readonly entries: readonly GgufEntry[];
}

/**
 * Parses the header of a GGUF file of `fileSize` bytes, of which `bytes` are the first.
 * Source: ggml/docs/gguf.md, ggml/src/gguf.cpp.
 * @throws HeaderGoesOn when more bytes are needed, InputError for every way in which the file breaks the format
 */
export function parseGgufHeader(bytes: Buffer, fileSize: number, path: string): GgufHeader {
  const cursor = new HeaderCursor(bytes, fileSize, path);
  checkStart(cursor, bytes, path);
  const tensors = cursor.uint64("the number of tensors");
  const keys = cursor.uint64("the number of keys");
  const metadata = readMetadata(cursor, keys, path);
  const outlines = readOutlines(cursor, tensors, path);
  const alignment = readAlignment(metadata, path);
  const dataStart = Math.ceil(cursor.at / alignment) * alignment;
  const entries = outlines.map(({ offset, ...outline }) => ({ ...outline, byteOffset: dataStart + offset }));
  checkPlaces(entries, { dataStart, alignment, fileSize }, path);
  return { headerLength: cursor.at, metadata, entries };
}

function checkStart(cursor: HeaderCursor, bytes: Buffer, path: string): void {
  const magic = bytes.toString("latin1", 0, 4);
  if (magic !== MAGIC) {
    throw new InputError(`${path}: does not begin with "${MAGIC}"; this is not a GGUF file${contentHint(bytes)}`);
  }
  cursor.take(4, "the magic number");
  const version = cursor.uint32("the version");
  if (VERSIONS.includes(version)) return;
  const isSwapped = version !== 0 && (version & 0xffff) === 0;
  const remedy = isSwapped
    ? "it was written for a big-endian machine; convert it with: gguf-convert-endian FILE little"
    : version === 1
      ? "convert the model anew with a llama.cpp of after September 2023"
      : "the file is damaged or newer than this program";
  throw new InputError(`${path}: has version ${version} of the format, expected ${VERSIONS.join(" or ")}; ${remedy}`);
}

type Outline = Omit<GgufEntry, "byteOffset"> & { readonly offset: number };

function readOutlines(cursor: HeaderCursor, count: number, path: string): Outline[] {
  const outlines: Outline[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const name = cursor.string(`the name of tensor ${i + 1} of ${count}`);
    const where = `${path}: tensor ${JSON.stringify(name)}`;
    if (names.has(name)) throw new InputError(`${where} comes twice`);
    names.add(name);
    outlines.push(readOutline(cursor, name, where));
  }
  return outlines;
}

function readOutline(cursor: HeaderCursor, name: string, where: string): Outline {
  const what = `tensor ${JSON.stringify(name)}`;
  const dimensions = cursor.uint32(what);
  if (dimensions > MAX_DIMENSIONS) {
    throw new InputError(`${where} has ${dimensions} dimensions, at most ${MAX_DIMENSIONS} are possible`);
  }
  const shape = Array.from({ length: dimensions }, () => cursor.uint64(`a size of ${what}`)).reverse();
  const number = cursor.uint32(what);
  const type = storedType(number);
  if (type === undefined) {
    throw new InputError(
      `${where} is stored as ${typeName(number)}, which is not read here; take a file of ${READABLE_TYPES}, such as Q4_K_M or Q8_0`,
    );
  }
  const byteLength = storedLength(type, shape, where);
  return { name, type, shape, byteLength, offset: cursor.uint64(`the offset of ${what}`) };
}

/** Bytes that a shape takes; every row is a whole number of blocks. */
function storedLength(type: StoredType, shape: readonly number[], where: string): number {
  const { elements, bytes } = pieceOf(type);
  const columns = shape.at(-1) ?? 1;
  let length = (columns / elements) * bytes;
  for (const size of shape.slice(0, -1)) length *= size;
  if (columns % elements === 0 && Number.isSafeInteger(length) && shape.every((size) => size > 0)) return length;
  const rows = elements === 1 ? "" : ` in rows of whole blocks of ${elements}`;
  throw new InputError(
    `${where} has shape (${shape.join(", ")}), expected positive sizes below 2^53 bytes in all${rows}; the file is damaged`,
  );
}

function readAlignment(metadata: Metadata, path: string): number {
  const value = metadata.get("general.alignment") ?? DEFAULT_ALIGNMENT;
  // Up to 2^31 the bit operation is exact.
  if (typeof value === "number" && value > 0 && value < 2 ** 31 && (value & (value - 1)) === 0) return value;
  const shown = typeof value === "number" ? value : "no number";
  throw new InputError(`${path}: general.alignment is ${shown}, expected a power of two; the file is damaged`);
}

interface Layout {
  readonly dataStart: number;
  readonly alignment: number;
  readonly fileSize: number;
}

/** Each tensor begins at a multiple of the alignment, ends inside the file, and shares no byte with another. */
function checkPlaces(entries: readonly GgufEntry[], { dataStart, alignment, fileSize }: Layout, path: string): void {
  let end = dataStart;
  for (const { name, byteOffset, byteLength } of entries.toSorted((a, b) => a.byteOffset - b.byteOffset)) {
    const where = `${path}: tensor ${JSON.stringify(name)}`;
    if ((byteOffset - dataStart) % alignment !== 0) {
      throw new InputError(
        `${where} begins at byte ${byteOffset}, expected a multiple of ${alignment} behind ${dataStart}`,
      );
    }
    if (byteOffset < end) {
      throw new InputError(`${where} begins at byte ${byteOffset}, inside the tensor that ends at ${end}`);
    }
    end = byteOffset + byteLength;
    if (end > fileSize) {
      throw new InputError(
        `${where} ends at byte ${end}, the file has ${fileSize}; the file is truncated, fetch it again`,
      );
    }
  }
}
