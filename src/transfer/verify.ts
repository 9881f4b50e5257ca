import { findProjector } from "../adapter/projector.js";
import { MATRIX_NAME } from "../adapter/vocabulary-matrix.js";
import { openCheckpoint, requireTensor } from "../checkpoint/checkpoint.js";
import { InputError, LangbridgeError } from "../errors.js";
import { gatherRows } from "../files/gather-rows.js";
import { rowSquares } from "../files/row-squares.js";
import { isFloatDtype, type FloatDtype } from "../tensor/dtype.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { alignMethod } from "./align/methods.js";
import type { TransferPlan } from "./plan.js";
import { combineRows, flattenRows } from "./row-stream.js";

/** Rows read back and compared with their source, spread evenly over the matrix. */
const SAMPLE_ROWS = 256;

export interface VerifiedOutput {
  /** (rows) squared norm of each row of the new matrix. */
  readonly matrixSquares: Float64Array;
  readonly checks: readonly string[];
}

/**
 * Reopens the weights just written and checks what was promised: the projector's shapes, a matrix that is finite
 * throughout, and a sample of its rows equal bit for bit to the target rows they are made of.
 * Throws LangbridgeError when one fails, which means that the disk or this tool is at fault.
 */
export async function verifyOutput(
  weights: string,
  plan: TransferPlan,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<VerifiedOutput> {
  const checkpoint = await openCheckpoint(weights);
  findProjector(checkpoint.tensors.values(), weights);
  const matrix = requireTensor(checkpoint, MATRIX_NAME);
  if (!isFloatDtype(matrix.dtype)) throw new LangbridgeError(`${weights}: "${MATRIX_NAME}" is ${matrix.dtype}`);
  const floatMatrix = { ...matrix, dtype: matrix.dtype };
  const matrixSquares = await rowSquares(floatMatrix, { signal });
  requireFinite(matrixSquares, floatMatrix.dtype, plan);
  const finite = "every row of the new matrix is finite";
  // A mapped row is no sum of rows that could be made again.
  if (alignMethod(plan.align).rows === "mapped") return { matrixSquares, checks: [finite] };
  const compared = await compareSample(floatMatrix, plan, weights);
  return { matrixSquares, checks: [finite, `${compared} rows read back equal to their source bit for bit`] };
}

type FloatTensor = CheckpointTensor & { readonly dtype: FloatDtype };

/** A row is not finite because the target's is, or because float16 cannot hold it. */
function requireFinite(squares: Float64Array, dtype: FloatDtype, { rowPlan, target, source }: TransferPlan): void {
  const bad = squares.findIndex((square) => !Number.isFinite(square));
  if (bad < 0) return;
  const { token, ids, match } = rowPlan.written[bad]!;
  if (match === "aligned") {
    throw new InputError(
      `${source.adapter.path}: row ${bad} (token ${JSON.stringify(token)}) is NaN or beyond the range of ${dtype} once it is mapped; choose --dtype bf16 or f32`,
    );
  }
  const row = `row ${ids.join(", ")} of "${target.table.tensor.name}" (token ${JSON.stringify(token)})`;
  if (dtype === "F16" && target.table.tensor.dtype !== "F16") {
    throw new InputError(`${target.path}: ${row} is NaN or beyond the range of float16; choose --dtype bf16 or f32`);
  }
  throw new InputError(`${target.path}: ${row} holds NaN or infinity; the checkpoint is damaged`);
}

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
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
