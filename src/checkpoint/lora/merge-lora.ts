import { InputError } from "../../errors.js";
import { isFloatDtype } from "../../tensor/dtype.js";
import { isMaterialised, isComputed, type CheckpointTensor, type MergedTensor } from "../../tensor/tensor-info.js";
import type { Checkpoint } from "../checkpoint.js";
import { requireTensor } from "../weights.js";
import type { Lora, LoraChange } from "./open-lora.js";

/**
 * A model as its LoRA changes it: the tensors of `base` with each change added, and those that were trained whole in the place of
 * theirs. No weight is read: merged rows are computed when they are asked for, in float32, and rounded to the base's dtype as
 * PEFT's `merge_and_unload` does.
 *
 * @throws InputError naming a tensor of the LoRA that the base has no place for, or of another size
 */
export function mergeLora(base: Checkpoint, lora: Lora): Checkpoint {
  const tensors = new Map(base.tensors);
  const set = (target: CheckpointTensor, made: CheckpointTensor): void => {
    // One matrix under two names, as tied ones are in PyTorch's files, is changed under both.
    for (const [name, other] of base.tensors) if (isOnePlace(other, target)) tensors.set(name, { ...made, name });
  };
  for (const { tensor, replaces } of lora.whole) set(findTarget(base, replaces, lora), tensor);
  for (const change of lora.changes) {
    const target = findTarget(base, `${change.module}.weight`, lora);
    set(target, merged(tensors.get(target.name)!, change, lora));
  }
  return {
    path: lora.path,
    folder: lora.folder,
    files: new Map([...base.files, ...lora.files]),
    tensors,
  };
}

/** A base under other prefixes, as a composite has, holds one tensor that ends in the same words. */
function findTarget(base: Checkpoint, name: string, lora: Lora): CheckpointTensor {
  const exact = base.tensors.get(name);
  if (exact !== undefined) return exact;
  const end = `.${name.replace(/^(?:model\.)?(?:language_model\.)?/, "")}`;
  const found = [...base.tensors.values()].filter((tensor) => `.${tensor.name}`.endsWith(end));
  if (found.length === 1) return found[0]!;
  try {
    return requireTensor(base, name);
  } catch (error) {
    const { message } = error as Error;
    throw new InputError(`${lora.path}: changes "${name}", but ${message}; name the model that it was trained on`, {
      cause: error,
    });
  }
}

function merged(target: CheckpointTensor, change: LoraChange, { path }: Lora): MergedTensor {
  const { left, right, transposed } = change;
  const [rows, columns] = target.shape;
  const expected = transposed ? [left.shape[1], right.shape[0]] : [left.shape[0], right.shape[1]];
  if (target.shape.length !== 2 || rows !== expected[0] || columns !== expected[1]) {
    throw new InputError(
      `${path}: "${left.name}" changes a matrix of (${expected.join(", ")}), "${target.name}" of the base is (${target.shape.join(", ")}); the LoRA is of another model`,
    );
  }
  if (!isFloatDtype(target.dtype)) {
    throw new InputError(
      `${target.file}: "${target.name}" is ${target.dtype}, and a LoRA is added to F32, F16 or BF16; name the base that is not quantised`,
    );
  }
  const { name, dtype, shape, file, byteLength } = target;
  return {
    name,
    dtype,
    shape,
    file,
    byteLength,
    base: target,
    change: { left, right, transposed, scale: change.scale, rounded: change.table },
  };
}

function isOnePlace(a: CheckpointTensor, b: CheckpointTensor): boolean {
  if (a === b) return true;
  if (isMaterialised(a) || isMaterialised(b) || isComputed(a) || isComputed(b)) return false;
  return a.file === b.file && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength && a.byteLength > 0;
}
