import { findProjector } from "../../adapter/projector-layers.js";
import { MATRIX_NAME } from "../../adapter/vocabulary-matrix.js";
import { openCheckpoint, requireTensor } from "../../checkpoint/checkpoint.js";
import { LangbridgeError } from "../../errors.js";
import { gatherRows } from "../../files/gather-rows.js";
import { isFloatDtype, type FloatDtype } from "../../tensor/dtype.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { alignMethod, makesMatrix } from "../align/methods.js";
import type { TransferPlan } from "../plan/plan.js";
import { combineRows, flattenRows } from "../../adapter/combine-rows.js";

/** Rows read back and compared with their source, spread evenly over the matrix. */
const SAMPLE_ROWS = 256;

/**
 * Reopens the weights just written and checks what was promised: a file that is whole, the projector's shapes, and a
 * sample of the new matrix equal bit for bit to the target rows it is made of. Returns what it found, one line each.
 * Throws LangbridgeError when one fails, which means that the disk or this tool is at fault.
 */
export async function verifyOutput(weights: string, plan: TransferPlan): Promise<readonly string[]> {
  const checkpoint = await openCheckpoint(weights);
  findProjector(checkpoint.tensors.values(), weights);
  if (!makesMatrix(plan)) return [];
  const matrix = requireTensor(checkpoint, MATRIX_NAME);
  if (!isFloatDtype(matrix.dtype)) throw new LangbridgeError(`${weights}: "${MATRIX_NAME}" is ${matrix.dtype}`);
  // A mapped row is no sum of rows that could be made again.
  if (alignMethod(plan.align).rows === "mapped") return [];
  const compared = await compareSample({ ...matrix, dtype: matrix.dtype }, plan, weights);
  return [`${compared} rows read back equal to their source bit for bit`];
}

type FloatTensor = CheckpointTensor & { readonly dtype: FloatDtype };

async function compareSample(matrix: FloatTensor, plan: TransferPlan, where: string): Promise<number> {
  const rows = plan.rowPlan.written;
  const step = Math.max(1, Math.floor(rows.length / SAMPLE_ROWS));
  const sample = rows.map((_, row) => row).filter((row) => row % step === 0);
  const written = await collect(gatherBytes(matrix, sample));
  const flat = flattenRows(sample.map((row) => rows[row]!));
  const expected = await collect(combineRows(plan.target.table.tensor, flat, { dtype: matrix.dtype }));
  if (Buffer.compare(written, expected) !== 0) {
    throw new LangbridgeError(
      `${where}: rows of "${MATRIX_NAME}" read back differ from the rows of ${plan.target.path}; the disk or the target changed while they were written`,
    );
  }
  return sample.length;
}

async function* gatherBytes(tensor: CheckpointTensor, rows: readonly number[]): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of gatherRows(tensor, rows)) yield bytes;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk)); // Its memory is used again for a later chunk.
  return Buffer.concat(parts);
}
