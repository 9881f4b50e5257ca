import { ARRAY_TYPE, STRING_TYPE } from "./metadata.js";

/** The types of numbers that are written: their number in the file, and one value's bytes. */
const NUMBERS = {
  uint32: { type: 4, bytes: 4, write: (view, at, value) => view.setUint32(at, value, true) },
  int32: { type: 5, bytes: 4, write: (view, at, value) => view.setInt32(at, value, true) },
  float32: { type: 6, bytes: 4, write: (view, at, value) => view.setFloat32(at, value, true) },
  bool: { type: 7, bytes: 1, write: (view, at, value) => view.setUint8(at, value) },
} as const satisfies Readonly<Record<string, NumberWriter>>;

interface NumberWriter {
  readonly type: number;
  readonly bytes: number;
  readonly write: (view: DataView, at: number, value: number) => void;
}

type NumberName = keyof typeof NUMBERS;

/** The value of a key with its type: llama.cpp ends the process for a number of another type than it asks for. */
export interface WrittenValue {
  /** The value as the reader gives it. */
  readonly value: number | boolean | string | readonly number[] | readonly string[];
  readonly type: number;
  /** Behind the type. */
  readonly bytes: Uint8Array;
}

const scalar = (name: NumberName, value: number): Pick<WrittenValue, "type" | "bytes"> => ({
  type: NUMBERS[name].type,
  bytes: numberBytes(name, [value]),
});

export const uint32 = (value: number): WrittenValue => ({ value, ...scalar("uint32", value) });
/** Rounded to float32. */
export const float32 = (value: number): WrittenValue => ({ value: Math.fround(value), ...scalar("float32", value) });
export const flag = (value: boolean): WrittenValue => ({ value, ...scalar("bool", Number(value)) });
export const text = (value: string): WrittenValue => ({ value, type: STRING_TYPE, bytes: stringBytes(value) });

/** A list of numbers of 32 bits. */
export const numbers = (name: "int32" | "float32", values: readonly number[]): WrittenValue => ({
  value: name === "float32" ? values.map(Math.fround) : values,
  type: ARRAY_TYPE,
  bytes: Buffer.concat([listStart(NUMBERS[name].type, values.length), numberBytes(name, values)]),
});

export const texts = (values: readonly string[]): WrittenValue => ({
  value: values,
  type: ARRAY_TYPE,
  bytes: Buffer.concat([listStart(STRING_TYPE, values.length), ...values.map(stringBytes)]),
});

/** A string with its length in front. */
export function stringBytes(value: string): Buffer {
  return Buffer.concat([count(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** A whole number of 64 bits. */
export function count(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** A whole number of 32 bits. */
export function small(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const listStart = (type: number, length: number): Buffer => Buffer.concat([small(type), count(length)]);

function numberBytes(name: NumberName, values: readonly number[]): Uint8Array {
  const { bytes, write } = NUMBERS[name];
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  values.forEach((value, i) => {
    write(view, i * bytes, value);
  });
  return new Uint8Array(view.buffer);
}
