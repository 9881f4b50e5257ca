import {
  isDecoded,
  isMaterialised,
  isMerged,
  type CheckpointTensor,
  type MaterialisedTensor,
} from "../tensor/tensor-info.js";
import { decodingReader } from "./decoding-reader.js";
import { mergingReader } from "./merging-reader.js";
import { PositionedFile } from "./positioned-file.js";
import type { TensorReader } from "./stream-bytes.js";

/**
 * Opens the file of a tensor.
 *
 * @throws InputError naming the file when it cannot
 */
export async function openTensor(tensor: CheckpointTensor): Promise<TensorReader> {
  if (isMaterialised(tensor)) return memoryReader(tensor);
  if (isMerged(tensor)) return mergingReader(tensor, openTensor);
  const file = await PositionedFile.open(tensor.file);
  if (isDecoded(tensor)) return { ...decodingReader(file, tensor), close: () => file.close() };
  return {
    readInto: (target, offset) => file.readInto(target, tensor.byteOffset + offset),
    readIntoSync: (target, offset) => file.readIntoSync(target, tensor.byteOffset + offset),
    close: () => file.close(),
  };
}

function memoryReader({ bytes }: MaterialisedTensor): TensorReader {
  const readIntoSync = (target: Uint8Array, offset: number): void => {
    target.set(bytes.subarray(offset, offset + target.byteLength));
  };
  return {
    readIntoSync,
    readInto: (target, offset) => Promise.resolve(readIntoSync(target, offset)),
    close: () => Promise.resolve(),
  };
}
