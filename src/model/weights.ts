import { nearestNames } from "../checkpoint/near-names.js";
import { InputError } from "../errors.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";

/** A folder's tensors by name; `where` names the folder in errors. */
export interface Weights {
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly where: string;
}

/** The tensor `name`, checked to be `shape`; throws InputError naming near names, or both shapes. */
export function requireTensor({ tensors, where }: Weights, name: string, shape: readonly number[]): CheckpointTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) {
    const near = nearestNames(name, tensors.keys()).map((other) => JSON.stringify(other));
    const hint = near.length === 0 ? "it holds no tensors at all" : `the nearest names are ${near.join(", ")}`;
    throw new InputError(`${where}: tensor "${name}" is missing; ${hint}`);
  }
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
    throw new InputError(
      `${where}: "${name}" is (${tensor.shape.join(", ")}), config.json asks for (${shape.join(", ")}); the config and the weights are of different models`,
    );
  }
  return tensor;
}
