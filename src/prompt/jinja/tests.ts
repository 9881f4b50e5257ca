import { bind } from "./arguments.js";
import { PythonError, Refusal } from "./python-error.js";
import type { ComparisonOperator } from "./nodes.js";
import { numberOf } from "./number-values.js";
import { calculate, compare, isEqual, isIn } from "./python-operators.js";
import { isInCase, LOWER, UPPER } from "./text-methods.js";
import { textOf } from "./to-text.js";
import {
  Callable,
  Dict,
  isText,
  iteratorOf,
  Markup,
  PythonObject,
  Range,
  Tuple,
  typeOf,
  Undefined,
  type Arguments,
  type PythonValue,
} from "./values.js";

/** A test: whether a value passes, with up to one value that is given. */
type Test = (value: PythonValue, given?: PythonValue) => boolean;

/** Jinja has these too; no chat template needs them. */
const UNSUPPORTED = ["filter", "test"];

/** Whether there is a test of this name. */
export const isTest = (name: string): boolean =>
  Object.hasOwn(ALONE, name) || Object.hasOwn(WITH_ONE, name) || UNSUPPORTED.includes(name);

/** `value is name(given)`. Source: Pallets Jinja 3.1.6, jinja2/tests.py. */
export function callTest(name: string, value: PythonValue, given: Arguments): boolean {
  if (Object.hasOwn(ALONE, name)) {
    bind(name, [], given);
    return ALONE[name]!(value);
  }
  if (Object.hasOwn(WITH_ONE, name)) return WITH_ONE[name]!(value, bind(name, ["other"], given)[0]);
  if (UNSUPPORTED.includes(name)) throw new Refusal(`the test "${name}" is not supported`);
  throw new PythonError("TemplateRuntimeError", `No test named '${name}' found.`);
}

const hasRest = (value: PythonValue, by: PythonValue, rest: bigint): boolean =>
  isEqual(calculate("%", value, by), rest);

const isSequence = (value: PythonValue): boolean =>
  isText(value) || Array.isArray(value) || [Tuple, Dict, Range, Undefined].some((kind) => value instanceof kind);

const ALONE: Readonly<Record<string, Test>> = {
  boolean: (value) => typeof value === "boolean",
  callable: (value) => value instanceof Callable || value instanceof Undefined,
  defined: (value) => !(value instanceof Undefined),
  escaped: (value) => value instanceof Markup,
  even: (value) => hasRest(value, 2n, 0n),
  false: (value) => value === false,
  float: (value) => typeof value === "number",
  integer: (value) => typeof value === "bigint",
  iterable: (value) => iteratorOf(value) !== undefined,
  lower: (value) => isInCase(textOf(value), UPPER),
  mapping: (value) => value instanceof Dict,
  none: (value) => value === null,
  number: (value) => numberOf(value) !== undefined,
  odd: (value) => hasRest(value, 2n, 1n),
  sequence: isSequence,
  string: isText,
  true: (value) => value === true,
  undefined: (value) => value instanceof Undefined,
  upper: (value) => isInCase(textOf(value), LOWER),
};

const comparison =
  (operator: ComparisonOperator): Test =>
  (value, other) =>
    compare(operator, value, other!);

const [EQUAL, UNEQUAL] = [comparison("=="), comparison("!=")];
const [LESS, LESS_OR_EQUAL] = [comparison("<"), comparison("<=")];
const [GREATER, GREATER_OR_EQUAL] = [comparison(">"), comparison(">=")];

const WITH_ONE: Readonly<Record<string, Test>> = {
  "!=": UNEQUAL,
  "<": LESS,
  "<=": LESS_OR_EQUAL,
  "==": EQUAL,
  ">": GREATER,
  ">=": GREATER_OR_EQUAL,
  divisibleby: (value, other) => hasRest(value, other!, 0n),
  eq: EQUAL,
  equalto: EQUAL,
  ge: GREATER_OR_EQUAL,
  greaterthan: GREATER,
  gt: GREATER,
  in: (value, other) => isIn(value, other!),
  le: LESS_OR_EQUAL,
  lessthan: LESS,
  lt: LESS,
  ne: UNEQUAL,
  sameas: (value, other) => isSameObject(value, other!),
};

/** Python's `is`, which says of equal texts and numbers whether they are stored once. */
function isSameObject(value: PythonValue, other: PythonValue): boolean {
  if (value === null || other === null || typeof value === "boolean" || typeof other === "boolean")
    return value === other;
  if (value instanceof PythonObject || Array.isArray(value)) return value === other;
  if (typeOf(value) !== typeOf(other) || value !== other) return false;
  throw new Refusal("whether equal texts or numbers are the same object is not supported");
}
