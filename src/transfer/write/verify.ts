import { findProjector } from "../../adapter/projector-layers.js";
import { MATRIX_NAME } from "../../adapter/vocabulary-matrix.js";
import { openCheckpoint } from "../../checkpoint/checkpoint.js";
import { requireTensor } from "../../checkpoint/weights.js";
import { LangbridgeError } from "../../errors.js";
import { isFloatDtype } from "../../tensor/dtype.js";
import type { TransferPlan } from "../plan/plan-transfer.js";

/**
 * Reopens the weights just written and checks that the file is whole, that the projector has its shapes, and whatever the
 * method can compare of the new matrix. Returns what it found, one line each.
 *
 * @throws LangbridgeError when a check fails, which means that the disk or this tool is at fault
 */
export async function verifyOutput(weights: string, plan: TransferPlan): Promise<readonly string[]> {
  const { method, source } = plan;
  const checkpoint = await openCheckpoint(weights);
  findProjector(checkpoint.tensors.values(), weights);
  if (!method.makesMatrix(source.projector)) return [];
  const { dtype, ...matrix } = requireTensor(checkpoint, MATRIX_NAME);
  if (!isFloatDtype(dtype)) throw new LangbridgeError(`${weights}: "${MATRIX_NAME}" is ${dtype}`);
  return method.verify({ ...matrix, dtype }, plan, weights);
}
