import { InputError, throwIfAborted } from "../errors.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { allocateBytes } from "./allocate.js";
import { readAhead } from "./read-ahead.js";
import { openTensor, type TensorReader } from "./tensor-reader.js";

/**
 * Largest tensor read whole, in bytes; node:fs refuses 2^31 in one read. The largest that is needed whole is a
 * vocabulary matrix in float32: 19,200 x 8,192 is 629 MB.
 */
export const MAX_WHOLE_TENSOR_BYTES = 2 ** 30;

/** Bytes of one chunk of a stream; two are held at a time. */
export const CHUNK_BYTES = 4 * 2 ** 20;

/**
 * Reads all bytes of a tensor into a buffer of its own.
 * Throws InputError when it is larger than MAX_WHOLE_TENSOR_BYTES or its file ends early.
 */
export async function readTensor(tensor: CheckpointTensor): Promise<Uint8Array<ArrayBuffer>> {
  if (tensor.byteLength > MAX_WHOLE_TENSOR_BYTES) {
    throw new InputError(
      `${tensor.file}: tensor ${JSON.stringify(tensor.name)} takes ${tensor.byteLength} bytes, at most ${MAX_WHOLE_TENSOR_BYTES} are read into memory`,
    );
  }
  const reader = await openTensor(tensor);
  try {
    return await readRange(reader, 0, tensor.byteLength);
  } finally {
    await reader.close();
  }
}

/** Reads the bytes of a tensor of any size from first to last, in chunks of CHUNK_BYTES, the next one ahead. */
export async function* streamTensor(
  tensor: CheckpointTensor,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const offsets = Array.from({ length: Math.ceil(tensor.byteLength / CHUNK_BYTES) }, (_, i) => i * CHUNK_BYTES);
  const reader = await openTensor(tensor);
  try {
    yield* readAhead(offsets, async (offset) => {
      throwIfAborted(signal);
      return readRange(reader, offset, Math.min(CHUNK_BYTES, tensor.byteLength - offset));
    });
  } finally {
    await reader.close();
  }
}

async function readRange(reader: TensorReader, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocateBytes(length);
  await reader.readInto(bytes, offset);
  return bytes;
}
