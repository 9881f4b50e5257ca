import { InputError } from "../../errors.js";
import type { PickleDict, PickleValue } from "./pickle.js";
import { isTensor, type StridedTensor } from "./torch-globals.js";

/** Longest name of a tensor, in characters: those of real models have some 100, and nested dicts join theirs. */
const MAX_NAME_LENGTH = 1000;

/** Most tensors of a file; all of DeepSeek-V3 are some 90,000. */
const MAX_TENSORS = 200_000;

/** The name of a tensor that was saved alone. */
const BARE_TENSOR_NAME = "tensor";

/**
 * The tensors in what a file holds, by name: keys of nested dicts and positions in lists are joined with dots; other values
 * and the state of optimizers are left out.
 *
 * @throws InputError when two names agree or when a dict or list of tensors is in itself or there twice
 */
export function flattenTensors(root: PickleValue, path: string): ReadonlyMap<string, StridedTensor> {
  if (isTensor(root)) return new Map([[BARE_TENSOR_NAME, root]]);
  const tensors = new Map<string, StridedTensor>();
  const holders = findHolders(root);
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
    if (!holders.has(value)) continue;
    if (seen.has(value)) {
      throw new InputError(
        `${path}: holds the same dict or list twice, at ${JSON.stringify(name)}; save its tensors alone`,
      );
    }
    seen.add(value);
    // Taken from the end, so the first child goes last.
    for (const [key, child] of childrenOf(value).toReversed())
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

/** The dicts and lists that hold a tensor at any depth: Python shares the others freely, such as the settings of an optimizer. */
function findHolders(root: PickleValue): ReadonlySet<PickleValue> {
  const parents = new Map<PickleValue, PickleValue[]>([[root, []]]);
  const pending = [root];
  const found: PickleValue[] = [];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    for (const [, child] of childrenOf(value)) {
      const known = parents.get(child);
      if (isTensor(child)) found.push(value);
      else if (known !== undefined) known.push(value);
      else if (Array.isArray(child) || child instanceof Map) {
        parents.set(child, [value]);
        pending.push(child);
      }
    }
  }
  const holders = new Set<PickleValue>();
  for (let value = found.pop(); value !== undefined; value = found.pop()) {
    if (holders.has(value)) continue;
    holders.add(value);
    for (const parent of parents.get(value)!) found.push(parent);
  }
  return holders;
}

/** What torch.optim.Optimizer.state_dict() gives: tensors as large as the model's, which no model is read from. */
const isOptimizerState = (value: PickleDict): boolean =>
  value.get("state") instanceof Map && Array.isArray(value.get("param_groups"));

function childrenOf(value: PickleValue): readonly (readonly [string, PickleValue])[] {
  if (Array.isArray(value)) return value.map((child, i) => [String(i), child]);
  if (!(value instanceof Map) || isOptimizerState(value)) return [];
  return [...value].flatMap(([key, child]) =>
    typeof key === "string" || typeof key === "number" ? [[String(key), child] as const] : [],
  );
}
