import { isDecoded, isMaterialised, isMerged, type CheckpointTensor, type StoredRows } from "./tensor-info.js";

/**
 * The first `rows` rows of a tensor as a tensor of its own. Its bytes stay where they are, since rows lie one behind another.
 * A tensor that has no more rows is returned itself; the name of a part says which rows it holds.
 */
export function firstRows(tensor: CheckpointTensor, rows: number): CheckpointTensor {
  const [count, ...columns] = tensor.shape as [number, ...number[]];
  if (rows >= count) return tensor;
  const byteLength = (tensor.byteLength / count) * rows;
  const part = { name: `${tensor.name}[:${rows}]`, shape: [rows, ...columns], byteLength };
  if (isMerged(tensor)) return { ...tensor, ...part, base: firstRows(tensor.base, rows) };
  if (isDecoded(tensor)) return { ...tensor, ...part, stored: firstStored(tensor.stored, rows / count) };
  if (!isMaterialised(tensor)) return { ...tensor, ...part };
  return { ...tensor, ...part, bytes: tensor.bytes.subarray(0, byteLength) };
}

function firstStored(stored: StoredRows, share: number): StoredRows {
  if (stored.pairedHeads !== undefined) throw new RangeError("the first rows of paired heads do not lie together");
  return { ...stored, byteLength: stored.byteLength * share };
}
