import { PythonError, Refusal, typeError, valueError } from "./python-error.js";
import { strip } from "./text-methods.js";
import { Markup, Undefined, typeOf, type PythonValue } from "./values.js";

/** Python's `int(value)`, or of a text `int(value, base)`. */
export function toInt(value: PythonValue, base = 10): bigint {
  if (value instanceof Undefined) return value.fail();
  if (typeof value === "bigint" || typeof value === "boolean") return BigInt(value);
  if (typeof value === "number") {
    if (Number.isNaN(value)) throw valueError("cannot convert float NaN to integer");
    if (!Number.isFinite(value)) throw new PythonError("OverflowError", "cannot convert float infinity to integer");
    return BigInt(Math.trunc(value));
  }
  if (typeof value === "string" || value instanceof Markup) return intOfText(cleaned(value), base);
  throw typeError(`int() argument must be a string or a real number, not '${typeOf(value)}'`);
}

/** Python's `float(value)`. */
export function toFloat(value: PythonValue): number {
  if (value instanceof Undefined) return value.fail();
  if (typeof value === "number") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  if (typeof value === "string" || value instanceof Markup) return floatOfText(cleaned(value));
  throw typeError(`float() argument must be a string or a real number, not '${typeOf(value)}'`);
}

function cleaned(value: string | Markup): string {
  const text = strip(typeof value === "string" ? value : value.text, undefined);
  if (/[^\0-\x7f]/.test(text) && /\p{Nd}/u.test(text)) throw new Refusal("digits beyond ASCII are not supported");
  return text;
}

/** Digits of a base, and what may stand in front of them. */
const BASES: ReadonlyMap<number, RegExp> = new Map([
  [2, /^([-+]?)(?:0b_?)?([01]+(?:_[01]+)*)$/i],
  [8, /^([-+]?)(?:0o_?)?([0-7]+(?:_[0-7]+)*)$/i],
  [10, /^([-+]?)(\d+(?:_\d+)*)$/],
  [16, /^([-+]?)(?:0x_?)?([\da-f]+(?:_[\da-f]+)*)$/i],
]);
const PREFIXES: ReadonlyMap<number, string> = new Map([
  [2, "0b"],
  [8, "0o"],
  [10, ""],
  [16, "0x"],
]);

function intOfText(text: string, base: number): bigint {
  const digits = BASES.get(base);
  if (digits === undefined) throw new Refusal(`ints of base ${base} are not supported`);
  const match = digits.exec(text);
  if (match === null || match[2]!.length > 4000) throw valueError("invalid literal for int()");
  const int = BigInt(PREFIXES.get(base)! + match[2]!.replaceAll("_", ""));
  return match[1] === "-" ? -int : int;
}

function floatOfText(text: string): number {
  const plain = /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i;
  if (plain.test(text)) return Number(text.replaceAll("_", ""));
  const named = /^([-+]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (named === null) throw valueError("could not convert string to float");
  if (named[2] === undefined) return NaN;
  return named[1] === "-" ? -Infinity : Infinity;
}
