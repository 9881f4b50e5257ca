import { bind, type Parameters } from "./arguments.js";
import { Refusal, isKind, typeError, valueError, PythonError } from "./python-error.js";
import { intOf } from "./number-values.js";
import { isEqual } from "./python-operators.js";
import { clampRange, indexOf, pointsOf, sliceItems } from "./points.js";
import { callTextMethod, textMethod } from "./text-methods.js";
import { reprOf } from "./to-text.js";
import {
  Callable,
  Dict,
  DictView,
  iterate,
  lengthOf,
  Markup,
  PythonObject,
  Range,
  Tuple,
  typeOf,
  Undefined,
  type Arguments,
  type PythonValue,
  orElse,
} from "./values.js";

/** `object.name` in a template: an attribute, else an item, else an undefined value. */
export function getAttribute(object: PythonValue, name: string): PythonValue {
  const found = attributeOf(object, name);
  if (found !== undefined) return found;
  try {
    return itemOf(object, name);
  } catch (error) {
    if (!isKind(error, "TypeError", "IndexError", "KeyError")) throw error;
    return absent(object, name);
  }
}

/** `object[key]` in a template: an item, else an attribute, else an undefined value. */
export function getItem(object: PythonValue, key: PythonValue): PythonValue {
  try {
    return itemOf(object, key);
  } catch (error) {
    if (!isKind(error, "TypeError", "IndexError", "KeyError")) throw error;
  }
  const name = key instanceof Markup ? key.text : key;
  return orElse(typeof name === "string" ? attributeOf(object, name) : undefined, () => absent(object, key));
}

/** What is undefined of an object. */
export function absent(object: PythonValue, key: PythonValue): Undefined {
  const owner = object === null ? "None" : `${typeOf(object)} object`;
  if (typeof key === "string") return new Undefined(`'${owner}' has no attribute ${reprOf(key)}`);
  const written = typeof key === "bigint" ? key.toString() : typeOf(key);
  return new Undefined(`${owner} has no element ${written}`);
}

/** Python's `object[key]`. */
function itemOf(object: PythonValue, key: PythonValue): PythonValue {
  if (object instanceof Undefined) return object.fail();
  if (object instanceof Dict) {
    const value = object.get(key);
    if (value === undefined) throw new PythonError("KeyError", "the key is not there");
    return value;
  }
  const length = typeof object === "string" || isSequence(object) ? lengthOf(object)! : undefined;
  if (length === undefined) {
    if (object instanceof Markup) throw new Refusal("an item of a text that is marked safe is not supported");
    throw typeError(`'${typeOf(object)}' object is not subscriptable`);
  }
  const index = intOf(key);
  if (index === undefined) throw typeError(`indices must be integers, not ${typeOf(key)}`);
  const place = Number(index < 0n ? index + BigInt(length) : index);
  if (place < 0 || place >= length) throw new PythonError("IndexError", "index out of range");
  if (typeof object === "string") return object.length === length ? object[place]! : pointsOf(object)[place]!;
  return object instanceof Range ? object.at(place) : itemsOf(object)[place]!;
}

const isSequence = (value: PythonValue): boolean =>
  Array.isArray(value) || value instanceof Tuple || value instanceof Range;

const itemsOf = (value: PythonValue): readonly PythonValue[] =>
  value instanceof Tuple ? value.items : (value as readonly PythonValue[]);

/**
 * Python's `object[start:stop:step]`.
 *
 * @throws Refusal where Python has none: Jinja gives an undefined value where all of it is constant, and an error elsewhere
 */
export function getSlice(object: PythonValue, bounds: readonly (PythonValue | undefined)[]): PythonValue {
  if (object instanceof Undefined) return object.fail();
  const isSliced = typeof object === "string" || Array.isArray(object) || object instanceof Tuple;
  if (!isSliced || bounds.some((bound) => bound !== undefined && bound !== null && intOf(bound) === undefined)) {
    throw new Refusal(
      `a slice of a value of type ${typeOf(object)}, or with bounds that are no ints, is not supported`,
    );
  }
  const [start, stop, step] = bounds.map(indexOf);
  const places = [start, stop, step] as const;
  if (typeof object === "string") return sliceItems(pointsOf(object), places).join("");
  return object instanceof Tuple ? new Tuple(sliceItems(object.items, places)) : sliceItems(itemsOf(object), places);
}

/** A method: its parameters, and what it does. */
interface Method {
  readonly parameters: Parameters;
  readonly run: (object: PythonValue, values: readonly (PythonValue | undefined)[]) => PythonValue;
}

/** The methods that change what they belong to: the sandbox refuses them where they are used. */
const CHANGING: Readonly<Record<string, readonly string[]>> = {
  list: ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"],
  dict: ["clear", "pop", "popitem", "setdefault", "update"],
};

/** An attribute of a value as Python has it; undefined where there is none. */
export function attributeOf(object: PythonValue, name: string): PythonValue | undefined {
  if (object instanceof Undefined) return /^__.*__$/.test(name) ? undefined : object.fail();
  const type = typeOf(object);
  if (/^__.*__$/.test(name)) throw new Refusal(`the attribute ${name} is not supported`);
  if (type === "str" || type === "Markup") return textAttribute(object as string | Markup, name);
  if (CHANGING[type]?.includes(name) === true) {
    return new Undefined(`access to attribute '${name}' of '${type}' object is unsafe.`, "SecurityError");
  }
  const method = METHODS[type]?.[name];
  if (method !== undefined && Object.hasOwn(METHODS[type]!, name)) {
    return new Callable((given) => method.run(object, bind(name, method.parameters, given)));
  }
  if (OTHERS[type]?.includes(name) === true) {
    throw new Refusal(`the attribute ${name} of a value of type ${type} is not supported`);
  }
  return object instanceof PythonObject ? object.attribute(name) : undefined;
}

function textAttribute(text: string | Markup, name: string): PythonValue | undefined {
  const known = textMethod(name);
  if (known === undefined) return undefined;
  if (known === "unsupported" || text instanceof Markup) {
    throw new Refusal(
      `the method ${name} of a ${text instanceof Markup ? "text that is marked safe" : "text"} is not supported`,
    );
  }
  return new Callable((given) => callTextMethod(text, name, given, { attribute: getAttribute, item: getItem }));
}

const SEQUENCE: Readonly<Record<string, Method>> = {
  count: {
    parameters: ["value/"],
    run: (object, [value]) => BigInt([...iterate(object)].filter((item) => isSame(item, value!)).length),
  },
  index: {
    parameters: ["value/", "start?/", "stop?/"],
    run: (object, [value, start, stop]) => {
      const items = [...iterate(object)];
      const [from, to] = clampRange(items.length, indexOf(start), indexOf(stop));
      const place = items.findIndex((item, index) => index >= from && index < to && isSame(item, value!));
      if (place === -1) throw valueError("the value is not in it");
      return BigInt(place);
    },
  },
};

const isSame = (left: PythonValue, right: PythonValue): boolean => left === right || isEqual(left, right);

const view = (type: DictView["type"]): Method => ({ parameters: [], run: (dict) => new DictView(type, dict as Dict) });

const INT: Readonly<Record<string, Method>> = {
  bit_length: {
    parameters: [],
    run: (int) => {
      const size = intOf(int)!;
      return BigInt(size === 0n ? 0 : (size < 0n ? -size : size).toString(2).length);
    },
  },
};

const METHODS: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  list: { ...SEQUENCE, copy: { parameters: [], run: (list) => [...(list as readonly PythonValue[])] } },
  tuple: SEQUENCE,
  range: SEQUENCE,
  int: INT,
  bool: INT,
  float: { is_integer: { parameters: [], run: (float) => Number.isInteger(float) } },
  dict: {
    get: {
      parameters: ["key/", "default?/"],
      run: (dict, [key, other]) => orElse((dict as Dict).get(key!), () => orElse(other, () => null)),
    },
    items: view("dict_items"),
    keys: view("dict_keys"),
    values: view("dict_values"),
    copy: { parameters: [], run: (dict) => new Dict((dict as Dict).entries()) },
  },
};

const NUMBER = [
  "real",
  "imag",
  "numerator",
  "denominator",
  "conjugate",
  "as_integer_ratio",
  "to_bytes",
  "from_bytes",
  "bit_count",
];

/** What else Python has. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  dict: ["fromkeys"],
  int: NUMBER,
  bool: NUMBER,
  float: [...NUMBER, "hex", "fromhex"],
  range: ["start", "stop", "step"],
  dict_keys: ["mapping", "isdisjoint"],
  dict_values: ["mapping"],
  dict_items: ["mapping", "isdisjoint"],
  generator: ["send", "throw", "close", "gi_code", "gi_frame", "gi_running", "gi_yieldfrom"],
};

/** Calls a value. */
export function callValue(callee: PythonValue, given: Arguments): PythonValue {
  if (callee instanceof Undefined) return callee.fail();
  if (callee instanceof Callable) return callee.call(given);
  throw typeError(`'${typeOf(callee)}' object is not callable`);
}
