import { InputError } from "../errors.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { allocateBytes } from "./allocate.js";
import { streamBytes } from "./stream-bytes.js";
import { openTensor } from "./tensor-reader.js";

/**
 * Largest tensor read whole, in bytes; node:fs refuses 2^31 in one read. The largest that is needed whole is a
 * vocabulary matrix in float32: 19,200 x 8,192 is 629 MB.
 */
export const MAX_WHOLE_TENSOR_BYTES = 2 ** 30;

/**
 * Reads all bytes of a tensor into an ArrayBuffer of its own.
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
    const bytes = allocateBytes(tensor.byteLength);
    await reader.readInto(bytes, 0);
    return bytes;
  } finally {
    await reader.close();
  }
}

/** Reads the bytes of a tensor of any size from first to last, in chunks of some megabytes; see `streamBytes`. */
export async function* streamTensor(
  tensor: CheckpointTensor,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const reader = await openTensor(tensor);
  try {
    yield* streamBytes(reader, tensor.byteLength, { signal });
  } finally {
    await reader.close();
  }
}
