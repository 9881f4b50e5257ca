import { bytesPerElement, type FloatDtype } from "../tensor/dtype.js";
import { scaledProduct } from "../tensor/low-rank.js";
import { decodeFloats, encodeFloats } from "../tensor/half.js";
import type { CheckpointTensor, MergedTensor } from "../tensor/tensor-info.js";
import { allocateBytes } from "./allocate.js";
import type { TensorReader } from "./stream-bytes.js";

/**
 * Reads a matrix with the change of a LoRA added by position, counted in bytes of its dtype: whole rows of the base are read, changed
 * and rounded, of which the bytes asked for are a part. The two small matrices of the change are in memory while it is open.
 */
export async function mergingReader(
  { base, change, shape, dtype }: MergedTensor,
  open: (tensor: CheckpointTensor) => Promise<TensorReader>,
): Promise<TensorReader> {
  const [rows, columns] = shape as [number, number];
  const factors = {
    left: await readFactor(change.left, change.transposed, open), // (rows, rank)
    right: await readFactor(change.right, change.transposed, open), // (rank, columns)
    rank: change.left.shape[change.transposed ? 0 : 1]!,
    scale: change.scale,
  };
  const reader = await open(base);
  const rowBytes = columns * bytesPerElement(dtype as FloatDtype);
  /** The rows that hold the bytes from `offset` on, and what to do with them. */
  const plan = (target: Uint8Array, offset: number) => {
    const first = Math.floor(offset / rowBytes);
    const end = Math.min(rows, Math.ceil((offset + target.byteLength) / rowBytes));
    const bytes = allocateBytes((end - first) * rowBytes);
    const finish = (): void => {
      const values = decodeFloats(bytes, dtype as FloatDtype);
      const product = scaledProduct({ ...factors, first, count: end - first, columns });
      const added = change.rounded ? rounded(product, dtype as FloatDtype) : product;
      for (let i = 0; i < values.length; i++) values[i]! += added[i]!;
      const skipped = offset - first * rowBytes;
      target.set(encodeFloats(values, dtype as FloatDtype).subarray(skipped, skipped + target.byteLength));
    };
    return { bytes, from: first * rowBytes, finish };
  };
  return {
    readInto: async (target, offset) => {
      const { bytes, from, finish } = plan(target, offset);
      await reader.readInto(bytes, from);
      finish();
    },
    readIntoSync: (target, offset) => {
      const { bytes, from, finish } = plan(target, offset);
      reader.readIntoSync(bytes, from);
      finish();
    },
    close: () => reader.close(),
  };
}

const rounded = (values: Float32Array, dtype: FloatDtype): Float32Array =>
  decodeFloats(encodeFloats(values, dtype), dtype);

/** A factor as float32, turned over where it is stored the other way. */
async function readFactor(
  tensor: CheckpointTensor,
  transposed: boolean,
  open: (tensor: CheckpointTensor) => Promise<TensorReader>,
): Promise<Float32Array> {
  const reader = await open(tensor);
  try {
    const bytes = allocateBytes(tensor.byteLength);
    await reader.readInto(bytes, 0);
    const values = decodeFloats(bytes, tensor.dtype as FloatDtype);
    return transposed ? transpose(values, tensor.shape as [number, number]) : values;
  } finally {
    await reader.close();
  }
}

function transpose(values: Float32Array, [rows, columns]: readonly [number, number]): Float32Array {
  const turned = new Float32Array(values.length); // (columns, rows)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]!;
  }
  return turned;
}
