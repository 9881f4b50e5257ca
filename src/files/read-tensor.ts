import { InputError } from "../errors.js";
import type { CheckpointTensor, DecodedTensor } from "../tensor/tensor-info.js";
import { allocateBytes } from "./allocate.js";
import { unpairRows } from "./decoding-reader.js";
import { PositionedFile } from "./positioned-file.js";
import { CHUNK_BYTES, streamBytes } from "./stream-bytes.js";
import { openTensor } from "./tensor-reader.js";

/**
 * Largest tensor read whole, in bytes; node:fs refuses 2^31 in one read. The largest that is needed whole is a
 * vocabulary matrix in float32: 19,200 x 8,192 is 629 MB.
 */
export const MAX_WHOLE_TENSOR_BYTES = 2 ** 30;

/**
 * Reads all bytes of a tensor into an ArrayBuffer of its own.
 *
 * @throws InputError when it is larger than MAX_WHOLE_TENSOR_BYTES or its file ends early
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

/**
 * Reads the rows of a matrix in blocks as they are stored, in the order of the tensor, some megabytes of whole rows at a time. Throws
 * InterruptedError once `signal` fires.
 */
export async function* streamStoredRows(
  tensor: DecodedTensor,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { byteOffset, byteLength, pairedHeads } = tensor.stored;
  const unit = byteLength / (pairedHeads ?? tensor.shape[0]!);
  const file = await PositionedFile.open(tensor.file);
  try {
    const stored = { readInto: (target: Uint8Array, offset: number) => file.readInto(target, byteOffset + offset) };
    const chunkBytes = unit * Math.max(1, Math.floor(CHUNK_BYTES / unit));
    for await (const bytes of streamBytes(stored, byteLength, { signal, chunkBytes })) {
      yield pairedHeads === undefined ? bytes : unpairRows(bytes, tensor);
    }
  } finally {
    await file.close();
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
