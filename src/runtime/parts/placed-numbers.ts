import { streamFloats } from "../../files/stream-floats.js";
import type { Weights } from "../../checkpoint/weights.js";
import type { FloatType } from "../../onnx/element-type.js";
import { dtypeOf } from "../devices/precision.js";
import { bytesPerElement } from "../../tensor/dtype.js";
import {
  elementCount,
  isComputed,
  type CheckpointTensor,
  type DecodedTensor,
  type MergedTensor,
  type TensorInfo,
} from "../../tensor/tensor-info.js";
import { cachedTensors, type CacheOptions } from "./tensor-cache.js";

type ComputedTensor = DecodedTensor | MergedTensor;

/**
 * Writes the numbers of tensors that lie in blocks, in another order or apart from a LoRA's change into a cache file, once, so that a graph can read
 * them.
 *
 * @throws InputError for a value that the type cannot hold
 */
export async function placeNumbers(
  tensors: readonly ComputedTensor[],
  compute: FloatType,
  options: CacheOptions,
): Promise<readonly TensorInfo[]> {
  if (tensors.length === 0) return [];
  const dtype = dtypeOf(compute);
  const make = () =>
    Promise.resolve(
      tensors.map((tensor) => ({
        ...{ name: tensor.name, dtype, shape: tensor.shape },
        data: streamFloats(tensor, dtype, options),
      })),
    );
  const made = await cachedTensors(
    { recipe: `numbers-1-${dtype}`, what: `weights in ${dtype}`, sources: tensors, make },
    options,
  );
  return tensors.map(({ name }) => made.get(name) as TensorInfo);
}

/** One tensor where a graph can read it: as it lies where it can, else by `placeNumbers`. */
export async function placeTensor<Tensor extends CheckpointTensor>(
  tensor: Tensor,
  compute: FloatType,
  options: CacheOptions,
): Promise<Tensor | TensorInfo> {
  if (!isComputed(tensor)) return tensor;
  const [placed] = await placeNumbers([tensor], compute, options);
  return placed!;
}

/** What `placeNumbers` would make, by names, types and shapes alone: a graph of it has a size, but it cannot run. */
export function outlineNumbers(tensors: readonly ComputedTensor[], compute: FloatType): readonly TensorInfo[] {
  const dtype = dtypeOf(compute);
  return tensors.map(({ name, shape, file }) => {
    return { name, dtype, shape, file, byteOffset: 0, byteLength: elementCount(shape) * bytesPerElement(dtype) };
  });
}

/** The weights, with tensors replaced by others of the same names. */
export const withTensors = ({ tensors, path }: Weights, placed: readonly TensorInfo[]): Weights => ({
  tensors: new Map([...tensors, ...placed.map((tensor) => [tensor.name, tensor] as const)]),
  path,
});
