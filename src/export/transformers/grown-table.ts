import { gatherAllRows } from "../../files/gather-rows.js";
import { encodeInRange, streamFloats } from "../../files/stream-floats.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { decodeFloats } from "../../tensor/half.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";

export interface GrownTableOptions {
  readonly dtype: FloatDtype;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A table (rows, columns) and behind it the mean of its rows: (rows + 1, columns). In an output head the new token's logit is
 * then the mean of all others, so that it is never the largest and greedy answers stay as they were.
 */
export async function* grownTable(
  table: CheckpointTensor,
  { dtype, signal }: GrownTableOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* streamFloats(table, dtype, { signal });
  yield encodeInRange(await meanRow(table, signal), dtype, table);
}

/** (columns), added up in float64. */
async function meanRow(table: CheckpointTensor, signal: AbortSignal | undefined): Promise<Float32Array> {
  const [rows, columns] = table.shape as [number, number];
  const sums = new Float64Array(columns);
  for await (const { count, bytes } of gatherAllRows(table, { signal, passThrough: true })) {
    addRows(sums, decodeFloats(bytes, table.dtype as FloatDtype), count);
  }
  return Float32Array.from(sums, (sum) => sum / rows);
}

function addRows(sums: Float64Array, values: Float32Array, count: number): void {
  for (let row = 0, i = 0; row < count; row++) {
    for (let column = 0; column < sums.length; column++, i++) sums[column]! += values[i]!;
  }
}
