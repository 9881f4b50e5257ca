import { made } from "./budget.js";
import { PythonError, Refusal, typeError, valueError } from "./python-error.js";
import { floatDigits, intDigits } from "./number-text.js";
import { pad, slicePoints } from "./points.js";
import { reprOf, reprOfFloat, textOf } from "./to-text.js";
import { typeOf, type Arguments, type PythonValue } from "./values.js";

/** How fields reach into values: `{a.b}` and `{a[b]}`. */
export interface FieldAccess {
  readonly attribute: (object: PythonValue, name: string) => PythonValue;
  readonly item: (object: PythonValue, key: PythonValue) => PythonValue;
}

/** Python's `text.format(...)`. */
export function formatBraces(template: string, given: Arguments, access: FieldAccess): string {
  let automatic = 0;
  let numbering: "automatic" | "manual" | undefined;
  const positionalAt = (written: string): PythonValue => {
    const kind = written === "" ? "automatic" : "manual";
    if (numbering !== undefined && numbering !== kind) {
      throw valueError("cannot switch between automatic and manual field numbering");
    }
    numbering = kind;
    const value = given.positional[written === "" ? automatic++ : Number(written)];
    if (value === undefined) throw new PythonError("IndexError", "a field has no argument");
    return value;
  };
  const valueOf = (field: string): PythonValue => {
    const [, first, rest] = /^([^.[]*)([^]*)$/.exec(field) as unknown as [string, string, string];
    let value = /^\d*$/.test(first) ? positionalAt(first) : given.named.get(first);
    if (value === undefined) throw new PythonError("KeyError", `'${first}'`);
    if (!/^(?:\.[^.[\]]+|\[[^\]]+\])*$/.test(rest)) throw valueError("a field of a format is not complete");
    for (const [, name, key] of rest.matchAll(/\.([^.[\]]+)|\[([^\]]+)\]/g)) {
      if (name !== undefined) value = access.attribute(value, name);
      else value = access.item(value, /^\d+$/.test(key!) ? BigInt(key!) : key!);
    }
    return value;
  };
  const fill = (text: string, depth: number): string => {
    if (depth > 3) throw valueError("Max string recursion exceeded");
    let filled = "";
    for (let at = 0; at < text.length;) {
      const brace = text.slice(at).search(/[{}]/);
      if (brace === -1) return filled + text.slice(at);
      filled += text.slice(at, at + brace);
      at += brace;
      if (text[at + 1] === text[at]) {
        filled += text[at]!;
        at += 2;
        continue;
      }
      if (text[at] === "}") throw valueError("Single '}' encountered in format string");
      const end = endOfField(text, at);
      filled += formatField(text.slice(at + 1, end), depth);
      at = end + 1;
    }
    return filled;
  };
  const formatField = (field: string, depth: number): string => {
    const [, name, conversion, spec] = /^([^:!]*)(?:!([^:]*))?(?::([^]*))?$/.exec(field) ?? [];
    if (name === undefined) throw valueError("a field of a format is not complete");
    let value = valueOf(name);
    if (conversion === "s") value = textOf(value);
    else if (conversion === "r") value = reprOf(value);
    else if (conversion === "a") throw new Refusal("!a in a format is not supported");
    else if (conversion !== undefined) throw valueError(`Unknown conversion specifier '${conversion}'`);
    return formatValue(value, fill(spec ?? "", depth + 1));
  };
  return made(fill(template, 1));
}

function endOfField(text: string, start: number): number {
  for (let at = start, depth = 0; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at;
  }
  throw valueError("expected '}' before end of string");
}

const SPEC = /^(?:([^])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/u;

interface Spec {
  readonly fill: string;
  readonly align: string | undefined;
  readonly sign: string;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: string | undefined;
  readonly precision: number | undefined;
  readonly type: string | undefined;
}

/** Python's `format(value, spec)`. */
function formatValue(value: PythonValue, written: string): string {
  if (written === "") return textOf(value);
  const spec = readSpec(written);
  if (typeof value === "string") return formatText(value, spec);
  if (typeof value === "bigint" || typeof value === "boolean") return formatInt(BigInt(value), spec);
  if (typeof value === "number") return formatFloat(value, spec);
  throw typeError(`unsupported format string passed to ${typeOf(value)}.__format__`);
}

function readSpec(written: string): Spec {
  const match = SPEC.exec(written);
  if (match === null) throw valueError("Invalid format specifier");
  const [, fill, align, sign = "-", alternate, zero, width, grouping, precision, type] = match;
  if (type === "n" || type === "c") throw new Refusal(`the format type "${type}" is not supported`);
  return {
    fill: fill ?? (zero !== undefined && align === undefined ? "0" : " "),
    align,
    sign,
    alternate: alternate !== undefined,
    zero: zero !== undefined && align === undefined,
    width: Number(width ?? 0),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
}

function formatText(text: string, spec: Spec): string {
  if ((spec.type ?? "s") !== "s") throw valueError(`Unknown format code '${spec.type}' for object of type 'str'`);
  if (spec.sign !== "-" || spec.alternate || spec.grouping !== undefined || spec.align === "=") {
    throw valueError("this format is not allowed for a text");
  }
  const cut = spec.precision === undefined ? text : slicePoints(text, 0, spec.precision);
  return pad(cut, spec.width, (spec.align ?? "<") as "<", spec.fill);
}

function formatInt(int: bigint, spec: Spec): string {
  const type = spec.type ?? "d";
  if ("eEfFgG%".includes(type)) return formatFloat(Number(int), spec);
  if (!"bdoxX".includes(type)) throw valueError(`Unknown format code '${type}' for object of type 'int'`);
  if (spec.precision !== undefined) throw valueError("Precision not allowed in integer format specifier");
  const prefix = spec.alternate && type !== "d" ? `0${type}` : "";
  return withSign(int < 0n, prefix, group(intDigits(int, type, false), spec, type === "d" ? 3 : 4), spec);
}

function formatFloat(float: number, spec: Spec): string {
  const { type } = spec;
  if (type !== undefined && !"eEfFgG%".includes(type)) {
    throw valueError(`Unknown format code '${type}' for object of type 'float'`);
  }
  if (type === undefined && (spec.precision !== undefined || spec.alternate)) {
    throw new Refusal("a format with a precision and no type is not supported");
  }
  const options = { precision: spec.precision, alternate: spec.alternate };
  let digits: string;
  if (type === undefined) digits = reprOfFloat(Math.abs(float));
  else if (type === "%") digits = `${floatDigits(float * 100, "f", options)}%`;
  else digits = floatDigits(float, type, options);
  return withSign(float < 0 || Object.is(float, -0), "", group(digits, spec, 3), spec);
}

function group(digits: string, { grouping, zero }: Spec, size: number): string {
  if (grouping === undefined) return digits;
  if (zero) throw new Refusal("a format with both zeros and groups is not supported");
  const [, whole, rest] = /^([\da-fA-F]*)([^]*)$/.exec(digits) as unknown as [string, string, string];
  if (grouping === "," && size === 4) throw valueError("Cannot specify ',' with this type");
  return whole.replace(new RegExp(`(?<=.)(?=(?:.{${size}})+$)`, "g"), grouping) + rest;
}

function withSign(negative: boolean, prefix: string, digits: string, { sign, align, zero, fill, width }: Spec): string {
  const front = (negative ? "-" : sign === "-" ? "" : sign) + prefix;
  const where = align ?? (zero ? "=" : ">");
  if (where === "=") return front + pad(digits, width - front.length, ">", fill);
  return pad(front + digits, width, where as "<", fill);
}
