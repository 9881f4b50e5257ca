import { gatherAllRows } from "../../files/gather-rows.js";
import { readTensor } from "../../files/read-tensor.js";
import { bytesPerElement, type FloatDtype } from "../../tensor/dtype.js";
import { convertFloats } from "../../tensor/half.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";

export interface ProjectorStreamOptions {
  /** Dtype written; the bytes pass unchanged when it is the tensor's own. */
  readonly dtype: FloatDtype;
  readonly signal?: AbortSignal | undefined;
  /** Called with the tensor's own bytes, whole rows in order, dropped ones included. */
  readonly onSource?: (bytes: Uint8Array) => void;
}

/**
 * Streams the outputs `kept` of one projector tensor: rows of a weight (out, in), elements of a bias (out).
 * All rows are read, so that the source can be hashed and measured in the same pass.
 *
 * @param kept ascending output numbers
 */
export async function* streamOutputs(
  tensor: CheckpointTensor,
  kept: readonly number[],
  { dtype, signal, onSource }: ProjectorStreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const from = tensor.dtype as FloatDtype;
  const [outputs, columns = 1] = tensor.shape as [number, number?];
  const isWhole = kept.length === outputs;
  let next = 0; // index into kept
  for await (const { first, count, bytes } of wholeRows(tensor, signal)) {
    onSource?.(bytes);
    const begin = next;
    while (next < kept.length && kept[next]! < first + count) next += 1;
    const numbers = kept.slice(begin, next).map((output) => output - first);
    const selected = isWhole ? bytes : selectRows(bytes, numbers, columns * bytesPerElement(from));
    yield convertFloats(selected, from, dtype);
  }
}

async function* wholeRows(
  tensor: CheckpointTensor,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ first: number; count: number; bytes: Uint8Array }> {
  const outputs = tensor.shape[0]!;
  if (tensor.shape.length === 1) {
    yield { first: 0, count: outputs, bytes: await readTensor(tensor) };
    return;
  }
  yield* gatherAllRows(tensor, { signal, passThrough: true });
}

function selectRows(bytes: Uint8Array, rows: readonly number[], rowBytes: number): Uint8Array {
  const selected = new Uint8Array(rows.length * rowBytes);
  rows.forEach((row, i) => selected.set(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), i * rowBytes));
  return selected;
}
