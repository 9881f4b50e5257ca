import { MATRIX_NAME } from "../../adapter/vocabulary-matrix.js";
import { DAMAGED, narrows, OUT_OF_RANGE, RowMeter } from "../tensors/measure.js";
import type { OutputTensor } from "../tensors/outputs.js";
import type { TransferPlan } from "../plan/plan-transfer.js";

export interface MeasuredMatrix {
  /** The given tensors; M among them is measured while it is written. */
  readonly tensors: readonly OutputTensor[];
  /** (rows) squared norm of each row of M; valid once it has been streamed. Undefined where there is no M. */
  readonly squaredNorms: () => Float64Array | undefined;
}

/** Measures M on its way to the file, however its rows come about; its stream ends at a row that is not finite. */
export function measureMatrix(outputs: readonly OutputTensor[], plan: TransferPlan): MeasuredMatrix {
  const matrix = outputs.find(({ name }) => name === MATRIX_NAME);
  if (matrix === undefined) return { tensors: outputs, squaredNorms: () => undefined };
  const { dtype, shape } = matrix;
  const meter = new RowMeter(shape[1]!, dtype, (row) => complaint(row, dtype, plan));
  const tensors = outputs.map((tensor) =>
    tensor.name === MATRIX_NAME ? { ...tensor, data: meter.measured(tensor.data) } : tensor,
  );
  return { tensors, squaredNorms: () => meter.squaredNorms() };
}

/** The error about a row that is not finite: the target's row is not, or the new dtype cannot hold it. */
function complaint(row: number, dtype: OutputTensor["dtype"], { rowPlan, target, source }: TransferPlan): string {
  const { token, ids, match } = rowPlan.written[row]!;
  const named = `(token ${JSON.stringify(token)})`;
  if (match === "aligned") {
    return `${source.adapter.path}: row ${row} ${named} is NaN or beyond the range of ${dtype} once it is mapped; choose --dtype bf16 or f32`;
  }
  const { tensor } = target.table;
  const fault = narrows(tensor.dtype, dtype) ? OUT_OF_RANGE : DAMAGED;
  return `${target.path}: row ${ids.join(", ")} of "${tensor.name}" ${named} ${fault}`;
}
