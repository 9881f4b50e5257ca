import { InputError } from "../../errors.js";
import { isOrderedObject, parseOrderedJson, type OrderedJson, type OrderedObject } from "../../files/ordered-json.js";
import { showValue } from "../../show-value.js";
import { DTYPE_BITS, isDtype, type Dtype } from "../../tensor/dtype.js";
import { tensorByteLength } from "../../tensor/tensor-info.js";

/** The key of a safetensors header that holds free text instead of a tensor. */
export const METADATA_KEY = "__metadata__";

/** One tensor of a safetensors header; offsets count from the end of the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of the header's keys. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Parses the JSON header of a safetensors file and checks it against the `dataLength` bytes that follow it. Source of every
 * rule: the section "Format" of the safetensors README, and `Metadata::validate` of its reference.
 *
 * @throws InputError naming `path` and the tensor
 */
export function parseSafetensorsHeader(bytes: Uint8Array, dataLength: number, path: string): SafetensorsHeader {
  const header = parseHeaderJson(bytes, path);
  const metadata = parseMetadata(header.get(METADATA_KEY), path);
  const entries = [...header]
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => parseEntry(name, value, `${path}: tensor ${JSON.stringify(name)}`));
  checkCoverage(entries, dataLength, path);
  return { entries, metadata };
}

function parseHeaderJson(bytes: Uint8Array, path: string): OrderedObject {
  if (bytes[0] !== 0x7b) {
    throw new InputError(`${path}: its header does not start with "{"; this is not a safetensors file`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`${path}: its header is not UTF-8 text`, { cause: error });
  }
  return parseOrderedJson(text, `${path}: header`) as OrderedObject;
}

function parseMetadata(value: OrderedJson | undefined, path: string): Readonly<Record<string, string>> {
  // Some writers spell an absent map as null.
  if (value === undefined || value === null) return {};
  const entries = isOrderedObject(value) ? [...value] : undefined;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
    return Object.fromEntries(entries);
  }
  throw new InputError(`${path}: ${METADATA_KEY} is not an object of strings`);
}

function parseEntry(name: string, value: OrderedJson, where: string): HeaderEntry {
  if (!isOrderedObject(value)) throw new InputError(`${where} is not described by an object`);
  const dtype = parseDtype(value.get("dtype"), where);
  const shape = parseSizes(value.get("shape"), "shape", where);
  const [begin, end, ...rest] = parseSizes(value.get("data_offsets"), "data_offsets", where);
  if (begin === undefined || end === undefined || rest.length > 0 || end < begin) {
    throw new InputError(`${where} has data_offsets that are not a pair [begin, end] with begin <= end`);
  }
  checkLength({ name, dtype, shape, begin, end }, where);
  return { name, dtype, shape, begin, end };
}

function parseDtype(value: OrderedJson | undefined, where: string): Dtype {
  if (typeof value === "string" && isDtype(value)) return value;
  throw new InputError(`${where} has dtype ${describe(value)}, expected one of ${Object.keys(DTYPE_BITS).join(", ")}`);
}

function parseSizes(value: OrderedJson | undefined, field: string, where: string): readonly number[] {
  if (!Array.isArray(value)) throw new InputError(`${where} has no list ${field}`);
  for (const size of value) {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      throw new InputError(`${where} has ${describe(size)} in ${field}, expected whole numbers from 0 to 2^53 - 1`);
    }
  }
  return value as number[];
}

function checkLength({ dtype, shape, begin, end }: HeaderEntry, where: string): void {
  const expected = tensorByteLength(dtype, shape);
  const product = `shape (${shape.join(", ")}) of ${dtype}`;
  if (expected === undefined)
    throw new InputError(`${where} has ${product}, which is no whole number of bytes below 2^53`);
  if (end - begin !== expected) {
    throw new InputError(
      `${where} has ${product}, which takes ${expected} bytes, but data_offsets span ${end - begin}`,
    );
  }
}

/** The tensors must cover the data exactly: no byte twice, no byte unused. */
function checkCoverage(entries: readonly HeaderEntry[], dataLength: number, path: string): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const where = `${path}: tensor ${JSON.stringify(name)}`;
    if (begin < covered)
      throw new InputError(`${where} starts at byte ${begin}, inside the tensor that ends at ${covered}`);
    if (begin > covered) throw new InputError(`${where} starts at byte ${begin}, leaving a hole after byte ${covered}`);
    if (end > dataLength) {
      throw new InputError(
        `${where} ends at byte ${end}, but only ${dataLength} bytes of data follow the header; the file is truncated`,
      );
    }
    covered = end;
  }
  if (covered !== dataLength) {
    throw new InputError(
      `${path}: the tensors end at byte ${covered}, but ${dataLength} bytes of data follow the header`,
    );
  }
}

function describe(value: OrderedJson | undefined): string {
  if (isOrderedObject(value)) return "an object";
  return value === undefined ? "none" : showValue(value);
}
