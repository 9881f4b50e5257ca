import { spend } from "./budget.js";
import { PythonError, Refusal, typeError } from "./python-error.js";

/**
 * A value of a template, as Python has it: null is None, a bigint an int, a number a float, a string a str (whose length and
 * places count code points), an array a list.
 */
export type PythonValue = null | boolean | bigint | number | string | readonly PythonValue[] | PythonObject;

/** What a call hands over. */
export interface Arguments {
  readonly positional: readonly PythonValue[];
  readonly named: ReadonlyMap<string, PythonValue>;
}

/** Every value that no JavaScript value stands for. */
export abstract class PythonObject {
  /** The name of its class. */
  abstract readonly type: string;

  /** An attribute, or undefined where it has none of this name. */
  attribute(name: string): PythonValue | undefined {
    void name;
    return undefined;
  }
}

/** What a name, key or item is that is not there: it prints as nothing and is empty, and all else is an error. */
export class Undefined extends PythonObject {
  readonly type = "Undefined";

  constructor(
    readonly message: string,
    readonly kind: "UndefinedError" | "SecurityError" = "UndefinedError",
  ) {
    super();
  }

  /** The error of using it. */
  fail(): never {
    throw new PythonError(this.kind, this.message);
  }
}

export class Tuple extends PythonObject {
  readonly type = "tuple";

  constructor(
    readonly items: readonly PythonValue[],
    /** Names of the items, of a named tuple. */
    readonly names: readonly string[] = [],
  ) {
    super();
    spend(items.length);
  }

  override attribute(name: string): PythonValue | undefined {
    return this.names.includes(name) ? this.items[this.names.indexOf(name)] : undefined;
  }
}

/** A text that counts as HTML: what is added to it is escaped. */
export class Markup extends PythonObject {
  readonly type = "Markup";

  constructor(readonly text: string) {
    super();
  }
}

/** Whether a value is a text, HTML or not. */
export const isText = (value: PythonValue): value is string | Markup =>
  typeof value === "string" || value instanceof Markup;

/** Python's range. */
export class Range extends PythonObject {
  readonly type = "range";
  readonly length: number;

  constructor(
    readonly start: number,
    readonly stop: number,
    readonly step: number,
  ) {
    super();
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }

  at(index: number): bigint {
    return BigInt(this.start + index * this.step);
  }
}

/** A dict, in the order of insertion. Keys that Python takes for equal (1, 1.0, True) are one. */
export class Dict extends PythonObject {
  readonly type = "dict";
  readonly #entries = new Map<unknown, readonly [PythonValue, PythonValue]>();

  constructor(entries: Iterable<readonly [PythonValue, PythonValue]> = []) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }

  set(key: PythonValue, value: PythonValue): void {
    spend(1);
    const hash = hashOf(key);
    this.#entries.set(hash, [this.#entries.get(hash)?.[0] ?? key, value]);
  }

  get(key: PythonValue): PythonValue | undefined {
    return this.#entries.get(hashOf(key))?.[1];
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): readonly (readonly [PythonValue, PythonValue])[] {
    return [...this.#entries.values()];
  }
}

/** What keys(), values() and items() of a dict give. */
export class DictView extends PythonObject {
  constructor(
    readonly type: "dict_keys" | "dict_values" | "dict_items",
    readonly dict: Dict,
  ) {
    super();
  }

  items(): readonly PythonValue[] {
    const entries = this.dict.entries();
    if (this.type === "dict_items") return entries.map((entry) => new Tuple(entry));
    return entries.map(([key, value]) => (this.type === "dict_keys" ? key : value));
  }
}

/** A generator or another iterator: it is run through once. */
export class OnceIterator extends PythonObject {
  readonly type = "generator";

  constructor(readonly source: Iterator<PythonValue>) {
    super();
  }
}

/** A function, method, macro or class. */
export class Callable extends PythonObject {
  readonly type: string = "function";

  constructor(readonly call: (given: Arguments) => PythonValue) {
    super();
  }
}

/** `namespace(...)`, whose attributes a template may set. */
export class Namespace extends PythonObject {
  readonly type = "Namespace";

  constructor(readonly dict: Dict) {
    super();
  }

  override attribute(name: string): PythonValue | undefined {
    return this.dict.get(name);
  }

  set(name: string, value: PythonValue): void {
    if (name.startsWith("_")) {
      throw new PythonError("SecurityError", `a namespace takes no attribute "${name}" that begins with an underscore`);
    }
    this.dict.set(name, value);
  }
}

/** A value, or where there is none another one. None is a value, so JavaScript's ?? does not do. */
export const orElse = (value: PythonValue | undefined, other: () => PythonValue): PythonValue =>
  value === undefined ? other() : value;

/** The name of a value's class. */
export function typeOf(value: PythonValue): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float";
  if (typeof value === "string") return "str";
  return value instanceof PythonObject ? value.type : "list";
}

/** Numbers and truth values that are equal are one key, as in Python. */
function hashOf(key: PythonValue): unknown {
  if (typeof key === "boolean") return `n${Number(key)}`;
  if (typeof key === "bigint" || (typeof key === "number" && Number.isFinite(key))) return `n${key}`;
  if (typeof key === "string") return `s${key}`;
  if (key instanceof Markup) return `s${key.text}`;
  if (key instanceof Undefined) return Undefined;
  if (key instanceof Tuple) {
    const parts = key.items.map(hashOf);
    if (parts.every((part) => typeof part === "string")) return `t${JSON.stringify(parts)}`;
    throw new Refusal("a tuple of objects as a key is not supported");
  }
  if (Array.isArray(key) || key instanceof Dict || key instanceof DictView) {
    throw typeError(`unhashable type: '${typeOf(key)}'`);
  }
  return key;
}

/** Whether a value counts as true. */
export function isTrue(value: PythonValue): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Undefined) return false;
  if (value instanceof PythonObject) return lengthOf(value) !== 0;
  return true;
}

/** The length of a text in code points. */
export const countPoints = (text: string): number => text.length - (text.match(PAIR)?.length ?? 0);

const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Python's `len`, or undefined where a value has none. */
export function lengthOf(value: PythonValue): number | undefined {
  if (typeof value === "string") return countPoints(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Markup) return countPoints(value.text);
  if (value instanceof Tuple) return value.items.length;
  if (value instanceof Dict) return value.size;
  if (value instanceof DictView) return value.dict.size;
  if (value instanceof Range) return value.length;
  if (value instanceof Undefined) return 0;
  return undefined;
}

/** Python's `iter`, or undefined where a value has none. */
export function iteratorOf(value: PythonValue): Iterator<PythonValue> | undefined {
  if (typeof value === "string") return value[Symbol.iterator]();
  if (Array.isArray(value)) return (value as readonly PythonValue[])[Symbol.iterator]();
  if (value instanceof Markup) return value.text[Symbol.iterator]();
  if (value instanceof Tuple) return value.items[Symbol.iterator]();
  if (value instanceof Dict) return new DictView("dict_keys", value).items()[Symbol.iterator]();
  if (value instanceof DictView) return value.items()[Symbol.iterator]();
  if (value instanceof Range) return numbersOf(value);
  if (value instanceof OnceIterator) return value.source;
  if (value instanceof Undefined) return ([] as PythonValue[])[Symbol.iterator]();
  return undefined;
}

function* numbersOf(range: Range): Generator<PythonValue> {
  for (let index = 0; index < range.length; index++) yield range.at(index);
}

/** Runs through a value. */
export function iterate(value: PythonValue): Iterable<PythonValue> {
  const iterator = iteratorOf(value);
  if (iterator === undefined) throw typeError(`'${typeOf(value)}' object is not iterable`);
  // Not the iterator's own iterable: leaving a loop over it early must not close it.
  return { [Symbol.iterator]: () => ({ next: () => iterator.next() }) };
}

/** Python's `list(value)`. */
export function listOf(value: PythonValue): PythonValue[] {
  const items: PythonValue[] = [];
  for (const item of iterate(value)) {
    spend(1);
    items.push(item);
  }
  return items;
}

/** JSON as Python's `json.loads` has it, but that a number without a fraction is an int. */
export function fromJson(json: unknown): PythonValue {
  if (typeof json === "number") return Number.isInteger(json) ? BigInt(json) : json;
  if (json === undefined) throw new TypeError("undefined is no JSON");
  if (Array.isArray(json)) return json.map(fromJson);
  if (json !== null && typeof json === "object") {
    return new Dict(Object.entries(json).map(([key, value]) => [key, fromJson(value)] as const));
  }
  return json as PythonValue;
}
