import { sha256OfChunks } from "../files/hash.js";
import { streamTensor } from "../files/read-tensor.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import type { Adapter } from "./load.js";

/** Hashes of an adapter's matrices, whole, since those of one LLM differ in few rows. */
export async function hashMatrix({
  matrix,
  decoding,
}: Pick<Adapter, "matrix" | "decoding">): Promise<Record<string, string>> {
  const hash = (tensor: CheckpointTensor): Promise<string> => sha256OfChunks(streamTensor(tensor));
  return {
    ...(matrix && { "vocabulary matrix": await hash(matrix.tensor) }),
    ...(decoding && { "decode matrix": await hash(decoding.matrix.tensor) }),
  };
}
