import { InputError } from "../../errors.js";
import { elementCount } from "../../tensor/tensor-info.js";
import type { TensorOutline } from "../tensor-to-write.js";
import { STORAGE_DTYPES } from "./torch-dtypes.js";

const STORAGE_TYPES = new Map(Object.entries(STORAGE_DTYPES).map(([name, dtype]) => [dtype, name]));

/**
 * The pickle of a dict of tensors, as torch.save writes it, but for the memo that it keeps to shorten repetitions. The
 * elements of tensor i are in the member `data/i`.
 *
 * @throws InputError for a dtype that has no storage type
 */
export function pickleTensorDict(tensors: readonly TensorOutline[], path: string): Buffer {
  const items = tensors.flatMap((tensor, i) => [unicode(tensor.name), pickleTensor(tensor, i, path)]);
  return Buffer.concat([PROTOCOL_2, EMPTY_DICT, MARK, ...items, SET_ITEMS, STOP]);
}

/** The pickle of one tensor that is not in a dict; its elements are in `data/0`. */
export function pickleBareTensor(tensor: TensorOutline, path: string): Buffer {
  return Buffer.concat([PROTOCOL_2, pickleTensor(tensor, 0, path), STOP]);
}

/** `torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())` */
function pickleTensor(tensor: TensorOutline, index: number, path: string): Buffer {
  const { name, dtype, shape } = tensor;
  const type = STORAGE_TYPES.get(dtype);
  if (type === undefined) {
    throw new InputError(
      `${path}: tensor ${JSON.stringify(name)} is ${dtype}, which has no PyTorch storage type; write safetensors`,
    );
  }
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const storage = tuple(
    unicode("storage"),
    global("torch", type),
    unicode(String(index)),
    unicode("cpu"),
    integer(elementCount(shape)),
  );
  const hooks = Buffer.concat([global("collections", "OrderedDict"), EMPTY_TUPLE, REDUCE]);
  const sizes = [shape, strides].map((values) => tuple(...values.map(integer)));
  const args = tuple(Buffer.concat([storage, PERSISTENT_ID]), integer(0), ...sizes, FALSE, hooks);
  return Buffer.concat([global("torch._utils", "_rebuild_tensor_v2"), args, REDUCE]);
}

const PROTOCOL_2 = Buffer.from([0x80, 2]);
const MARK = Buffer.from("(");
const STOP = Buffer.from(".");
const EMPTY_DICT = Buffer.from("}");
const EMPTY_TUPLE = Buffer.from(")");
const SET_ITEMS = Buffer.from("u");
const REDUCE = Buffer.from("R");
const PERSISTENT_ID = Buffer.from("Q");
const FALSE = Buffer.from([0x89]);

function tuple(...items: readonly Buffer[]): Buffer {
  return items.length === 0 ? EMPTY_TUPLE : Buffer.concat([MARK, ...items, Buffer.from("t")]);
}

function global(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`);
}

/** BINUNICODE */
function unicode(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.from("X\0\0\0\0");
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** BININT1, BININT or LONG1 of 8 bytes, whichever the number fits first; it is not negative. */
function integer(value: number): Buffer {
  if (value < 2 ** 8) return Buffer.from([0x4b, value]);
  if (value < 2 ** 31) {
    const int = Buffer.from("J\0\0\0\0");
    int.writeInt32LE(value, 1);
    return int;
  }
  const long = Buffer.alloc(10);
  long.set([0x8a, 8]);
  long.writeBigInt64LE(BigInt(value), 2);
  return long;
}
