import type { TensorToWrite } from "../../checkpoint/tensor-to-write.js";
import { streamFloats } from "../../files/stream-floats.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { grownTable } from "./grown-table.js";
import type { LlavaParts } from "./llava-parts.js";
import { projectorTensors, type TwoLayerProjector } from "./llava-projector.js";
import { LLAVA_NAMES, type RenamedTensor } from "./llava-tensors.js";

/**
 * All tensors of the model in the order of its files: tower, projector, LLM. Their bytes are made while they are written.
 * Tensors that were computed have the LLM's dtype, unless one is asked for.
 */
export function modelTensors(
  { llm, tower, imageToken }: LlavaParts,
  projector: TwoLayerProjector,
  { dtype, signal }: { readonly dtype?: FloatDtype | undefined; readonly signal?: AbortSignal | undefined },
): TensorToWrite[] {
  // A folded layer is float32 only because it was computed in it.
  const kept = new Set(Object.values(projector.layers[0]));
  const layers = projectorTensors(projector, {
    dtypeOf: (tensor) => dtype ?? (kept.has(tensor) ? (tensor.dtype as FloatDtype) : llm.table.tensor.dtype),
    signal,
  });
  const grown: readonly string[] = imageToken.row === "added" ? [LLAVA_NAMES.embeddings, LLAVA_NAMES.head] : [];
  const copy = ({ name, tensor }: RenamedTensor): TensorToWrite => {
    const options = { dtype: dtype ?? (tensor.dtype as FloatDtype), signal };
    if (!grown.includes(name)) {
      return { name, dtype: options.dtype, shape: tensor.shape, data: streamFloats(tensor, options.dtype, options) };
    }
    const [rows, columns] = tensor.shape as [number, number];
    return { name, dtype: options.dtype, shape: [rows + 1, columns], data: grownTable(tensor, options) };
  };
  return [...tower.tensors.map(copy), ...layers, ...llm.tensors.map(copy)];
}
