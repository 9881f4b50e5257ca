import { InputError } from "../../errors.js";
import type { Dtype } from "../../tensor/dtype.js";
import { STORAGE_DTYPES, TORCH_DTYPES } from "./torch-dtypes.js";
import type { PickleDict, PickleHost, PickleObject, PickleValue } from "./pickle.js";

/** A tensor as torch pickles it: a strided window on a storage; nothing is checked against the storage yet. */
export interface StridedTensor extends PickleObject {
  readonly kind: "tensor";
  readonly dtype: Dtype;
  readonly storage: Storage;
  /** In elements, as the strides are. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A run of elements in the member `data/KEY` of the archive. */
export interface Storage extends PickleObject {
  readonly kind: "storage";
  readonly key: string;
  /** Undefined where the tensors on it say it; `count` is then in bytes. */
  readonly dtype: Dtype | undefined;
  readonly count: number;
}

interface DtypeGlobal extends PickleObject {
  readonly kind: "dtype";
  readonly dtype: Dtype | undefined;
}

interface StorageGlobal extends PickleObject {
  readonly kind: "storage type";
  readonly dtype: Dtype | undefined;
}

interface FunctionGlobal extends PickleObject {
  readonly kind: "function";
  readonly call: (args: readonly PickleValue[], path: string) => PickleValue;
}

/** A class whose instances are made by a function that is told of it. */
interface ClassGlobal extends PickleObject {
  readonly kind: "class";
}

/** Most axes of a tensor: torch's own limit in its iterators. */
const MAX_AXES = 64;

type TorchGlobal = DtypeGlobal | StorageGlobal | FunctionGlobal | ClassGlobal;

const functionGlobal = (call: FunctionGlobal["call"]): FunctionGlobal => ({ kind: "function", call });

/** What stands for a Python object that holds no tensors and that nobody asks for. */
const PLAIN_VALUE: PickleObject = { kind: "value" };
const plainValue = functionGlobal(() => PLAIN_VALUE);

const parameter = functionGlobal(([tensor], path) => (isTensor(tensor) ? tensor : refuse("a Parameter", path)));

/** What makes tensors of storages. */
const REBUILDERS: ReadonlyMap<string, FunctionGlobal> = new Map([
  ["torch._utils._rebuild_tensor_v2", functionGlobal((args, path) => rebuildTensor(args, args[6], undefined, path))],
  ["torch._utils._rebuild_tensor_v3", functionGlobal((args, path) => rebuildTensor(args, args[7], args[6], path))],
]);

/**
 * Every Python global that a file may name. None of them runs anything: dicts and sizes are copied, tensors are
 * described, attributes of tensors left out. Source: torch/_weights_only_unpickler.py, less what is not an ordinary dense tensor.
 */
const GLOBALS: ReadonlyMap<string, TorchGlobal> = new Map<string, TorchGlobal>([
  ["collections.OrderedDict", functionGlobal(makeDict)],
  ["collections.Counter", functionGlobal(([counts]) => (counts instanceof Map ? counts : PLAIN_VALUE))],
  ["torch.Size", functionGlobal(([sizes], path) => (Array.isArray(sizes) ? sizes : refuse("torch.Size", path)))],
  ...REBUILDERS,
  ["torch._utils._rebuild_parameter", parameter],
  ["torch._utils._rebuild_parameter_with_state", parameter],
  ["torch._tensor._rebuild_from_type_v2", functionGlobal(rebuildFromType)],
  ["torch.Tensor", { kind: "class" }],
  ["torch.nn.parameter.Parameter", { kind: "class" }],
  ["torch.nn.parameter.Buffer", { kind: "class" }],
  ["torch.device", plainValue],
  ["torch.serialization._get_layout", plainValue],
  // Bytes, sets and complex numbers; the protocol of torch spells Python 2's module.
  ["_codecs.encode", plainValue],
  ...["set", "complex", "bytearray"].flatMap((name): [string, TorchGlobal][] =>
    ["builtins", "__builtin__"].map((module) => [`${module}.${name}`, plainValue]),
  ),
  ["torch.storage.UntypedStorage", { kind: "storage type", dtype: undefined }],
  ...Object.entries(STORAGE_DTYPES).map(([name, dtype]): [string, StorageGlobal] => [
    `torch.${name}`,
    { kind: "storage type", dtype },
  ]),
  ...Object.entries(TORCH_DTYPES).map(([name, dtype]): [string, DtypeGlobal] => [
    `torch.${name}`,
    { kind: "dtype", dtype },
  ]),
]);

/** The host under which a pickle of torch becomes a description of its tensors; `path` names the file in errors. */
export function torchHost(path: string): PickleHost {
  return {
    global(name) {
      const known = GLOBALS.get(name);
      if (known !== undefined) return known;
      throw new InputError(
        `${path}: its pickle names the Python object ${name}, and only plain tensors in dicts are read; if you trust the file, save its state_dict() anew with torch.save`,
      );
    },
    call(callee, args) {
      if (isObject(callee, "function")) return (callee as FunctionGlobal).call(args, path);
      throw new InputError(`${path}: its pickle calls what is no function`);
    },
    persistent: (id) => readStorage(id, path),
  };
}

export function isTensor(value: PickleValue | undefined): value is StridedTensor {
  return isObject(value, "tensor");
}

function isObject(value: PickleValue | undefined, kind: string): value is PickleObject {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** `OrderedDict()`, or of a list of pairs as Python 2 wrote it. */
function makeDict([pairs = []]: readonly PickleValue[], path: string): PickleDict {
  if (!Array.isArray(pairs)) return refuse("an OrderedDict", path);
  return new Map(pairs.map((pair) => (Array.isArray(pair) ? [pair[0]!, pair[1]!] : refuse("an OrderedDict", path))));
}

/** `(function, class, arguments, attributes)`: a tensor with attributes of its own, as the function makes it. */
function rebuildFromType([rebuild, type, args]: readonly PickleValue[], path: string): PickleValue {
  const rebuilder = [...REBUILDERS.values()].find((known) => known === rebuild);
  if (rebuilder === undefined || !isObject(type ?? null, "class") || !Array.isArray(args)) {
    return refuse("a tensor with attributes", path);
  }
  return rebuilder.call(args, path);
}

/** `("storage", type, key, device, count)` */
function readStorage(id: PickleValue, path: string): Storage {
  const [tag, type, key, , count] = Array.isArray(id) ? id : [];
  if (tag !== "storage" || !isObject(type ?? null, "storage type") || typeof key !== "string" || !isCount(count)) {
    return refuse("a storage", path);
  }
  return { kind: "storage", key, dtype: (type as StorageGlobal).dtype, count };
}

/** `(storage, offset, size, stride, requires_grad, hooks, ...)`; `metadata` says of conjugated and negated views. */
function rebuildTensor(
  [storage, offset, shape, strides]: readonly PickleValue[],
  metadata: PickleValue | undefined,
  dtypeGlobal: PickleValue | undefined,
  path: string,
): StridedTensor {
  const ownDtype = isObject(dtypeGlobal, "dtype") ? (dtypeGlobal as DtypeGlobal).dtype : undefined;
  if (
    !isObject(storage, "storage") ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length
  ) {
    return refuse("a tensor", path);
  }
  if (metadata instanceof Map && metadata.size > 0) {
    throw new InputError(`${path}: holds a conjugated or negated view; save it with .resolve_conj().resolve_neg()`);
  }
  const dtype = ownDtype ?? (storage as Storage).dtype;
  if (dtype === undefined) return refuse("a tensor without dtype", path);
  return { kind: "tensor", dtype, storage: storage as Storage, offset, shape, strides };
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= MAX_AXES && value.every(isCount);
}

function refuse(what: string, path: string): never {
  throw new InputError(`${path}: its pickle describes ${what} in a way that torch does not write; the file is damaged`);
}
