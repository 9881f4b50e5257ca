import { InputError } from "../../errors.js";
import { writeFileAtomically, type WrittenFile } from "../../files/file-writer.js";
import { DEFAULT_ALIGNMENT, MAGIC, MAX_DIMENSIONS } from "./header.js";
import { pieceOf, storedType, typeNumber, type WrittenType } from "./tensor-types.js";
import { count, small, stringBytes, type WrittenValue } from "./written-keys.js";

const VERSION = 3;

/** Longest name of a tensor in bytes. Source: GGML_MAX_NAME in ggml/include/ggml.h, the zero behind it included. */
const MAX_NAME_BYTES = 63;

/** A tensor on its way into a GGUF file. */
export interface GgufTensor {
  readonly name: string;
  readonly type: WrittenType;
  /** Rows first, as PyTorch counts. */
  readonly shape: readonly number[];
  /** In the bytes of `type`, in chunks of any size. */
  readonly data: Uint8Array | AsyncIterable<Uint8Array>;
}

/** The keys of a file in its order. */
export type WrittenKeys = ReadonlyMap<string, WrittenValue>;

/** Bytes that a tensor takes, without the padding behind it. */
function ggufByteLength({ name, type, shape }: Omit<GgufTensor, "data">): number {
  const { elements, bytes } = pieceOf(storedType(typeNumber(type))!);
  const columns = shape.at(-1) ?? 1;
  if (columns % elements !== 0)
    throw new RangeError(`"${name}": rows of ${columns} are no whole blocks of ${elements}`);
  return shape.slice(0, -1).reduce((product, size) => product * size, (columns / elements) * bytes);
}

/** Bytes of a whole file but its keys, for a look at the disk's free space. */
export const ggufDataLength = (tensors: readonly Omit<GgufTensor, "data">[]): number =>
  tensors.reduce((sum, tensor) => sum + padded(ggufByteLength(tensor)), 0);

export interface WriteGgufOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes of each piece that was written. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/**
 * Writes a GGUF file whole or not at all. Tensors stream one after another in the order given, without gaps but for the padding, as
 * llama.cpp wants them. Source: ggml/docs/gguf.md, ggml/src/gguf.cpp.
 *
 * @throws InputError for a name that llama.cpp would not take and for data of another length than the shape takes
 * @throws UnavailableError and InterruptedError as writeFileAtomically
 */
export async function writeGguf(
  path: string,
  keys: WrittenKeys,
  tensors: readonly GgufTensor[],
  { signal, onBytes }: WriteGgufOptions = {},
): Promise<WrittenFile> {
  checkNames(path, tensors);
  return writeFileAtomically(
    path,
    async (writer) => {
      await writer.append(headerBytes(keys, tensors));
      for (const tensor of tensors) {
        let given = 0;
        for await (const chunk of tensor.data instanceof Uint8Array ? [tensor.data] : tensor.data) {
          await writer.append(chunk);
          given += chunk.byteLength;
          onBytes?.(chunk.byteLength);
        }
        const length = ggufByteLength(tensor);
        if (given !== length) {
          throw new InputError(`${path}: tensor "${tensor.name}" got ${given} bytes, but its shape takes ${length}`);
        }
        await writer.append(new Uint8Array(padded(length) - length));
      }
    },
    { signal },
  );
}

function headerBytes(keys: WrittenKeys, tensors: readonly GgufTensor[]): Uint8Array {
  let offset = 0;
  const outlines = tensors.map((tensor) => {
    const { name, type, shape } = tensor;
    const at = offset;
    offset += padded(ggufByteLength(tensor));
    const sizes = shape.toReversed().map(count);
    return Buffer.concat([stringBytes(name), small(shape.length), ...sizes, small(typeNumber(type)), count(at)]);
  });
  const values = [...keys].map(([key, { type, bytes }]) => Buffer.concat([stringBytes(key), small(type), bytes]));
  const start = [Buffer.from(MAGIC), small(VERSION), count(tensors.length), count(keys.size)];
  const header = Buffer.concat([...start, ...values, ...outlines]);
  return Buffer.concat([header, new Uint8Array(padded(header.length) - header.length)]);
}

const padded = (length: number): number => Math.ceil(length / DEFAULT_ALIGNMENT) * DEFAULT_ALIGNMENT;

function checkNames(path: string, tensors: readonly GgufTensor[]): void {
  const seen = new Set<string>();
  for (const { name, shape } of tensors) {
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw new InputError(
        `${path}: tensor "${name}" has a name of more than ${MAX_NAME_BYTES} bytes, llama.cpp's most`,
      );
    }
    if (shape.length > MAX_DIMENSIONS) {
      throw new InputError(`${path}: tensor "${name}" has ${shape.length} dimensions, at most ${MAX_DIMENSIONS} fit`);
    }
    if (seen.has(name)) throw new InputError(`${path}: tensor "${name}" comes twice`);
    seen.add(name);
  }
}
