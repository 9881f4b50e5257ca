import { InputError } from "../../errors.js";
import type { HeaderCursor } from "./cursor.js";

/** A list of strings, read when it is asked for: a vocabulary has 150,000 and more of them. */
export type LazyStrings = () => readonly string[];

/** A whole number of 64 bits beyond 2^53 is rounded. */
export type MetadataValue = number | boolean | string | NumberList | LazyStrings;
export type NumberList = ArrayLike<number>;

/** The keys of a file and their values, in its order. */
export type Metadata = ReadonlyMap<string, MetadataValue>;

/** The numbers of a metadata type, each with its bytes. */
interface NumberType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number | boolean;
}

const NUMBER_TYPES: Readonly<Record<number, NumberType>> = {
  0: { bytes: 1, read: (view, at) => view.getUint8(at) },
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  4: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  7: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0 },
  10: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  11: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  12: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};
export const STRING_TYPE = 8;
export const ARRAY_TYPE = 9;

/**
 * Reads `count` keys and their values.
 *
 * @throws InputError for an unknown type, a list of lists and a key that comes twice
 */
export function readMetadata(cursor: HeaderCursor, count: number, path: string): Metadata {
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < count; i++) {
    const key = cursor.string(`the name of key ${i + 1} of ${count}`);
    const where = `the value of ${JSON.stringify(key)}`;
    if (metadata.has(key)) throw new InputError(`${path}: the key ${JSON.stringify(key)} comes twice`);
    metadata.set(key, readValue(cursor, cursor.uint32(where), `${path}: ${where}`, where));
  }
  return metadata;
}

function readValue(cursor: HeaderCursor, type: number, at: string, what: string): MetadataValue {
  if (type === STRING_TYPE) return cursor.string(what);
  if (type === ARRAY_TYPE) return readList(cursor, at, what);
  const { bytes, read } = numberType(type, at);
  return read(new DataView(cursor.copy(cursor.take(bytes, what), bytes).buffer), 0);
}

function readList(cursor: HeaderCursor, at: string, what: string): NumberList | LazyStrings {
  const type = cursor.uint32(what);
  const count = cursor.uint64(`the length of ${what}`);
  if (type === STRING_TYPE) return readStrings(cursor, count, what);
  if (type === ARRAY_TYPE) throw new InputError(`${at} is a list of lists, which no model has; the file is damaged`);
  const { bytes, read } = numberType(type, at);
  const start = cursor.take(count * bytes, what);
  const view = new DataView(cursor.copy(start, count * bytes).buffer);
  return Float64Array.from({ length: count }, (_, i) => Number(read(view, i * bytes)));
}

function readStrings(cursor: HeaderCursor, count: number, what: string): LazyStrings {
  const places: number[] = [];
  for (let i = 0; i < count; i++) {
    const { start, length } = cursor.skipString(what);
    places.push(start, length);
  }
  let strings: readonly string[] | undefined;
  return () =>
    (strings ??= Array.from({ length: count }, (_, i) =>
      cursor.text(places[2 * i]!, places[2 * i + 1]!, `string ${i} of ${what}`),
    ));
}

function numberType(type: number, at: string): NumberType {
  const found = NUMBER_TYPES[type];
  if (found !== undefined) return found;
  throw new InputError(
    `${at} has type ${type}, the format knows 0 to 12; the file is damaged or newer than this program`,
  );
}
