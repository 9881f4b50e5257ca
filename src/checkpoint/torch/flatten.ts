import { InputError } from "../../errors.js";
import type { PickleValue } from "./pickle.js";
import { isTensor, type StridedTensor } from "./torch-globals.js";

/** Longest name of a tensor, in characters: those of real models have some 100, and nested dicts join theirs. */
const MAX_NAME_LENGTH = 1000;

/** Most tensors of a file; all of DeepSeek-V3 are some 90,000. */
const MAX_TENSORS = 200_000;

/** The name of a tensor that was saved alone. */
export const BARE_TENSOR_NAME = "tensor";

/**
 * The tensors in what a file holds, by name: keys of nested dicts and positions in lists are joined with dots, other
 * values are left out. Throws InputError when two names agree or when a dict or list is in itself or there twice.
 */
export function flattenTensors(root: PickleValue, path: string): ReadonlyMap<string, StridedTensor> {
  if (isTensor(root)) return new Map([[BARE_TENSOR_NAME, root]]);
  const tensors = new Map<string, StridedTensor>();
  const seen = new Set<PickleValue>();
  const pending: { readonly name: string; readonly value: PickleValue }[] = [{ name: "", value: root }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { name, value } = next;
    if (name.length > MAX_NAME_LENGTH || tensors.size > MAX_TENSORS) throw tooMuch(name, path);
    if (isTensor(value)) {
      if (tensors.has(name)) throw new InputError(`${path}: holds two tensors called ${JSON.stringify(name)}`);
      tensors.set(name, value);
      continue;
    }
    const children = childrenOf(value);
    if (children.length > 0 && seen.has(value)) {
      throw new InputError(
        `${path}: holds the same dict or list twice, at ${JSON.stringify(name)}; save its tensors alone`,
      );
    }
    seen.add(value);
    // Taken from the end, so the first child goes last.
    for (const [key, child] of children.toReversed())
      pending.push({ name: name === "" ? key : `${name}.${key}`, value: child });
  }
  return tensors;
}

function tooMuch(name: string, path: string): InputError {
  return name.length > MAX_NAME_LENGTH
    ? new InputError(
        `${path}: nests dicts whose names joined are longer than ${MAX_NAME_LENGTH} characters; save its tensors alone`,
      )
    : new InputError(
        `${path}: holds more than ${MAX_TENSORS} tensors, which no model has; save its state_dict() alone`,
      );
}

function childrenOf(value: PickleValue): readonly (readonly [string, PickleValue])[] {
  if (Array.isArray(value)) return value.map((child, i) => [String(i), child]);
  if (!(value instanceof Map)) return [];
  return [...value].flatMap(([key, child]) =>
    typeof key === "string" || typeof key === "number" ? [[String(key), child] as const] : [],
  );
}
