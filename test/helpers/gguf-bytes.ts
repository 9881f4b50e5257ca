/** A value of a key as a test writes it: a type of the format and its bytes. */
export interface RawValue {
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface RawTensor {
  readonly name: string;
  /** As the file has them, columns first. */
  readonly sizes: readonly (number | bigint)[];
  readonly type: number;
  readonly offset: number | bigint;
}

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

/** Its length and its bytes. */
export const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

export const textValue = (value: string): RawValue => ({ type: 8, bytes: text(value) });
export const numberValue = (value: number): RawValue => ({ type: 4, bytes: u32(value) });

export interface RawFile {
  readonly magic?: string;
  readonly version?: number;
  readonly keys?: readonly (readonly [string, RawValue])[];
  /** What the header says of them, where it lies. */
  readonly keyCount?: number | bigint;
  readonly tensors?: readonly RawTensor[];
  readonly tensorCount?: number | bigint;
  readonly data?: Uint8Array;
}

/** The bytes of a GGUF file, sound or not, with its data at a multiple of 32. */
export function ggufBytes({ magic = "GGUF", version = 3, keys = [], tensors = [], data, ...said }: RawFile): Buffer {
  const header = Buffer.concat([
    ...[Buffer.from(magic), u32(version), u64(said.tensorCount ?? tensors.length), u64(said.keyCount ?? keys.length)],
    ...keys.flatMap(([name, { type, bytes }]) => [text(name), u32(type), bytes]),
    ...tensors.flatMap(({ name, sizes, type, offset }) => [
      ...[text(name), u32(sizes.length), ...sizes.map(u64), u32(type), u64(offset)],
    ]),
  ]);
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32);
  return Buffer.concat([header, padding, data ?? new Uint8Array()]);
}
