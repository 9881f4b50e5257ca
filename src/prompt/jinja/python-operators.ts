import { spend } from "./budget.js";
import { PythonError, Refusal, typeError } from "./python-error.js";
import type { Arithmetic, ComparisonOperator } from "./nodes.js";
import { intOf, numberOf } from "./number-values.js";
import { formatPercent } from "./percent-format.js";
import { escapeHtml } from "./to-text.js";
import {
  Dict,
  DictView,
  isText,
  iterate,
  lengthOf,
  Markup,
  Range,
  Tuple,
  typeOf,
  Undefined,
  type PythonValue,
} from "./values.js";

/** Bits of the largest int that a template may make. */
const MAX_BITS = 8192;

/** `left operator right`. */
export function calculate(operator: Arithmetic, left: PythonValue, right: PythonValue): PythonValue {
  if (left instanceof Undefined) return left.fail();
  if (right instanceof Undefined && !(operator === "%" && isText(left))) return right.fail();
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return checkSize(calculateNumbers(operator, a, b));
  const other = OF_OTHERS[operator]?.(left, right);
  if (other !== undefined) return other;
  throw typeError(`unsupported operand type(s) for ${operator}: '${typeOf(left)}' and '${typeOf(right)}'`);
}

const OF_OTHERS: Readonly<
  Partial<Record<Arithmetic, (left: PythonValue, right: PythonValue) => PythonValue | undefined>>
> = {
  "+": add,
  "*": (left, right) => repeat(left, intOf(right)) ?? repeat(right, intOf(left)),
  "%": (left, right) => {
    if (left instanceof Markup) throw new Refusal("% of a text that is marked safe is not supported");
    return typeof left === "string" ? formatPercent(left, right) : undefined;
  },
};

function add(left: PythonValue, right: PythonValue): PythonValue | undefined {
  if (typeof left === "string" && typeof right === "string") {
    spend(left.length + right.length);
    return left + right;
  }
  if ((left instanceof Markup || right instanceof Markup) && isText(left) && isText(right)) {
    return new Markup(escapeHtml(left) + escapeHtml(right));
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    spend(left.length + right.length);
    return [...(left as readonly PythonValue[]), ...(right as readonly PythonValue[])];
  }
  return left instanceof Tuple && right instanceof Tuple ? new Tuple([...left.items, ...right.items]) : undefined;
}

function repeat(value: PythonValue, times: bigint | undefined): PythonValue | undefined {
  if (times === undefined) return undefined;
  if (typeof value !== "string" && !Array.isArray(value) && !(value instanceof Tuple)) {
    if (value instanceof Markup) throw new Refusal("* of a text that is marked safe is not supported");
    return undefined;
  }
  const length = typeof value === "string" ? value.length : lengthOf(value)!;
  const count = length === 0 || times < 0n ? 0 : Number(times);
  spend(count * length);
  if (typeof value === "string") return value.repeat(count);
  const items = value instanceof Tuple ? value.items : (value as readonly PythonValue[]);
  const repeated = Array.from({ length: count }, () => items).flat();
  return value instanceof Tuple ? new Tuple(repeated) : repeated;
}

function calculateNumbers(operator: Arithmetic, a: bigint | number, b: bigint | number): bigint | number {
  if (["/", "//", "%"].includes(operator) && Number(b) === 0) {
    throw new PythonError("ZeroDivisionError", "division by zero");
  }
  if (typeof a === "bigint" && typeof b === "bigint" && operator !== "/" && !(operator === "**" && b < 0n)) {
    return INTS[operator](a, b);
  }
  if ([a, b].some((number) => typeof number === "bigint" && number !== BigInt(Number(number)))) {
    throw new Refusal("an int beyond 2^53 in a calculation with floats is not supported");
  }
  return FLOATS[operator](Number(a), Number(b));
}

/** Rounded down, as Python does. */
const divideInts = (a: bigint, b: bigint): bigint => a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
const moduloFloats = (a: number, b: number): number => {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 === b < 0 ? rest : rest + b;
};

const INTS: Readonly<Record<Exclude<Arithmetic, "/">, (a: bigint, b: bigint) => bigint>> & Record<"/", never> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "//": divideInts,
  "%": (a, b) => a - divideInts(a, b) * b,
  "**": (a, b) => {
    if (BigInt(a.toString(2).length) * b > MAX_BITS) throw tooLarge();
    return a ** b;
  },
  "/": undefined as never,
};

const FLOATS: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => {
    const quotient = (a - moduloFloats(a, b)) / b;
    const whole = Math.floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
  },
  "%": moduloFloats,
  "**": (a, b) => {
    if (a === 0 && b < 0) throw new PythonError("ZeroDivisionError", "0.0 cannot be raised to a negative power");
    const power = a ** b;
    if (Number.isNaN(power) && !Number.isNaN(a) && !Number.isNaN(b))
      throw new Refusal("complex numbers are not supported");
    if (!Number.isFinite(power) && Number.isFinite(a) && Number.isFinite(b)) {
      throw new PythonError("OverflowError", "the result is too large");
    }
    return a === 1 || b === 0 ? 1 : power;
  },
};

const tooLarge = (): Refusal => new Refusal(`it makes an int of more than ${MAX_BITS} bits`);

function checkSize(number: bigint | number): bigint | number {
  if (typeof number === "bigint" && BigInt.asIntN(MAX_BITS, number) !== number) throw tooLarge();
  return number;
}

/** `-value` or `+value`. */
export function withSign(sign: "-" | "+", value: PythonValue): PythonValue {
  if (value instanceof Undefined) return value.fail();
  const number = numberOf(value);
  if (number === undefined) throw typeError(`bad operand type for unary ${sign}: '${typeOf(value)}'`);
  return sign === "-" ? -number : number;
}

/** `left operator right`, as true or false. */
export function compare(operator: ComparisonOperator, left: PythonValue, right: PythonValue): boolean {
  switch (operator) {
    case "==":
      return isEqual(left, right);
    case "!=":
      return !isEqual(left, right);
    case "in":
      return isIn(left, right);
    case "not in":
      return !isIn(left, right);
    case "<":
      return isLess(left, right, "<");
    case ">":
      return isLess(right, left, ">");
    case "<=":
      return isLess(left, right, "<=") || isSame(left, right);
    case ">=":
      return isLess(right, left, ">=") || isSame(left, right);
  }
}

/** What `<=` adds to `<`: equal, which NaN is not. */
const isSame = (left: PythonValue, right: PythonValue): boolean => isEqual(left, right);

/** Python's `==`. */
export function isEqual(left: PythonValue, right: PythonValue): boolean {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a == b;
  if (isText(left) && isText(right)) return plain(left) === plain(right);
  const [items, others] = [sequenceOf(left), sequenceOf(right)];
  if (items !== undefined && others !== undefined && typeOf(left) === typeOf(right)) {
    return items.length === others.length && items.every((item, index) => isIdentical(item, others[index]!));
  }
  if (left instanceof Dict && right instanceof Dict) {
    return (
      left.size === right.size &&
      left.entries().every(([key, value]) => {
        const other = right.get(key);
        return other !== undefined && isIdentical(value, other);
      })
    );
  }
  if (left instanceof DictView && right instanceof DictView)
    throw new Refusal("comparing views of dicts is not supported");
  if (left instanceof Undefined && right instanceof Undefined) return true;
  return left === right;
}

const plain = (text: string | Markup): string => (text instanceof Markup ? text.text : text);

/** Containers take what is the same object for equal first, which matters to NaN. */
const isIdentical = (left: PythonValue, right: PythonValue): boolean => left === right || isEqual(left, right);

function sequenceOf(value: PythonValue): readonly PythonValue[] | undefined {
  if (Array.isArray(value)) return value as readonly PythonValue[];
  if (value instanceof Tuple) return value.items;
  return value instanceof Range ? [...iterate(value)] : undefined;
}

/** Python's `<`, between values of one kind. */
export function isLess(left: PythonValue, right: PythonValue, written = "<"): boolean {
  if (left instanceof Undefined) return left.fail();
  if (right instanceof Undefined) return right.fail();
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a < b;
  if (isText(left) && isText(right)) return comparePoints(plain(left), plain(right)) < 0;
  const sameKind = typeOf(left) === typeOf(right) && !(left instanceof Range);
  const [items, others] = [sequenceOf(left), sequenceOf(right)];
  if (!sameKind || items === undefined || others === undefined) {
    throw typeError(`'${written}' not supported between instances of '${typeOf(left)}' and '${typeOf(right)}'`);
  }
  const differs = items.findIndex((item, index) => index >= others.length || !isIdentical(item, others[index]!));
  if (differs === -1) return items.length < others.length;
  return differs < others.length && isLess(items[differs]!, others[differs]!, written);
}

/** By code points, which differs from JavaScript's order where surrogates meet what lies beyond them. */
function comparePoints(left: string, right: string): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  if (at >= left.length || at >= right.length) return left.length - right.length;
  const isSecondHalf = (text: string): boolean => at > 0 && /[\udc00-\udfff]/.test(text[at]!);
  const from = isSecondHalf(left) && isSecondHalf(right) ? at - 1 : at;
  return left.codePointAt(from)! - right.codePointAt(from)!;
}

/** Python's `in`. */
export function isIn(item: PythonValue, container: PythonValue): boolean {
  if (isText(container)) {
    if (item instanceof Undefined || !isText(item)) {
      throw typeError(`'in <string>' requires string as left operand, not ${typeOf(item)}`);
    }
    return plain(container).includes(plain(item));
  }
  if (container instanceof Dict) return container.get(item) !== undefined;
  for (const other of iterate(container)) if (isIdentical(other, item)) return true;
  return false;
}

/** Sorts as Python's `sorted` does, by keys. */
export function sortBy<T>(items: readonly T[], keyOf: (item: T) => PythonValue, { reverse = false } = {}): T[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  const order = reverse ? -1 : 1;
  keyed.sort(({ key: a }, { key: b }) => (isLess(a, b) ? -order : isLess(b, a) ? order : 0));
  return keyed.map(({ item }) => item);
}
