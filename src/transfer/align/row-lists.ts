import { combineRows, flattenRows } from "../../adapter/combine-rows.js";
import { MATRIX_NAME } from "../../adapter/vocabulary-matrix.js";
import { LangbridgeError } from "../../errors.js";
import { gatherRows } from "../../files/gather-rows.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { evenSample } from "../../tensor/even-sample.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import type { TransferSource } from "../rows/source.js";
import type { AlignMethod, AlignTask } from "./method.js";

/** What the methods whose M holds weighted lists of target rows have in common. */
export const ROW_LISTS = {
  listsTargetRows: true,
  makesMatrix: () => true,
  verify: async (matrix, task, where) => {
    const compared = await compareSample(matrix, task, where);
    return [`${compared} rows read back equal to their source bit for bit`];
  },
} as const satisfies Partial<AlignMethod>;

/** Rows read back and compared with their source, spread evenly over the matrix. */
const SAMPLE_ROWS = 256;

type FloatTensor = CheckpointTensor & { readonly dtype: FloatDtype };

async function compareSample(matrix: FloatTensor, { rowPlan, target }: AlignTask, where: string): Promise<number> {
  const sample = evenSample([...rowPlan.written.keys()], SAMPLE_ROWS);
  const written = await collect(gatherBytes(matrix, sample));
  const lists = flattenRows(sample.map((row) => rowPlan.written[row]!));
  const expected = await collect(combineRows(target.table.tensor, lists, { dtype: matrix.dtype }));
  if (Buffer.compare(written, expected) !== 0) {
    throw new LangbridgeError(
      `${where}: rows of "${MATRIX_NAME}" read back differ from the rows of ${target.path}; the disk or the target changed while they were written`,
    );
  }
  return sample.length;
}

async function* gatherBytes(tensor: CheckpointTensor, rows: readonly number[]): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of gatherRows(tensor, rows)) yield bytes;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk)); // A copy, because the memory of a chunk is used again.
  return Buffer.concat(parts);
}

/** Bytes of the target's rows in the lists of a plan. */
export const listedBytes: AlignMethod["bytesRead"] = ({ target, rowPlan }) =>
  rowPlan.rows.reduce((sum, { ids }) => sum + ids.length, 0) * targetRowBytes({ target });

/** Bytes of a row of the target's table. */
export const targetRowBytes = ({ target }: Pick<AlignTask, "target">): number =>
  target.table.tensor.byteLength / target.table.vocabSize;

/** Bytes of the source's rows. */
export function sourceBytes({ embeddings }: Pick<TransferSource, "embeddings">): number {
  if (embeddings === undefined) return 0;
  const { tensor, rows } = embeddings;
  return (tensor.byteLength / tensor.shape[0]!) * rows.length;
}
