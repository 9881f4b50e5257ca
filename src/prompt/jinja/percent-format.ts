import { made } from "./budget.js";
import { Refusal, typeError, valueError } from "./python-error.js";
import { floatDigits, intDigits } from "./number-text.js";
import { pad, slicePoints } from "./points.js";
import { reprOf, textOf } from "./to-text.js";
import { Dict, PythonObject, Range, Tuple, Undefined, countPoints, typeOf, type PythonValue } from "./values.js";

const CONVERSION = /%(?:\(([^()]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([^])/gu;

/** Python's `text % values`. */
export function formatPercent(template: string, values: PythonValue): string {
  const positional = values instanceof Tuple ? values.items : [values];
  const isMapping = values instanceof Dict;
  let used = 0;
  const take = (key: string | undefined): PythonValue => {
    if (key !== undefined) {
      if (!isMapping) throw typeError("format requires a mapping");
      used = positional.length;
      const value = values.get(key);
      if (value === undefined) throw typeError(`the key ${JSON.stringify(key)} is not there`);
      return value;
    }
    if (used >= positional.length) throw typeError("not enough arguments for format string");
    return positional[used++]!;
  };
  let covered = 0;
  let text = "";
  for (const match of template.matchAll(CONVERSION)) {
    text += plain(template.slice(covered, match.index));
    covered = match.index + match[0].length;
    text += match[5] === "%" ? "%" : convert(match, take);
  }
  text += plain(template.slice(covered));
  // What counts as a mapping may be left unused: Python asks whether it can be indexed.
  const mayRest = isMapping || Array.isArray(values) || values instanceof Undefined || values instanceof Range;
  if (used < positional.length && !mayRest) throw typeError("not all arguments converted during string formatting");
  return made(text);
}

function plain(text: string): string {
  if (text.includes("%")) throw valueError("incomplete format");
  return text;
}

function convert(match: RegExpMatchArray, take: (key: string | undefined) => PythonValue): string {
  const [, key, flags, width, precision, type] = match as unknown as [
    string,
    string?,
    string?,
    string?,
    string?,
    string?,
  ];
  if (width === "*" || precision === "*") throw new Refusal("a width of * in % formatting is not supported");
  const options = {
    flags: flags!,
    width: Number(width ?? 0),
    precision: precision === undefined ? undefined : Number(precision),
  };
  if ("sra".includes(type!)) return convertText(take(key), type!, options);
  if (type === "c") return pad(characterOf(take(key)), options.width, flags!.includes("-") ? "<" : ">", " ");
  if ("diouxX".includes(type!)) return convertInt(take(key), type!, options);
  if ("eEfFgG".includes(type!)) return convertFloat(take(key), type!, options);
  throw valueError(`unsupported format character '${type}'`);
}

interface Options {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

function convertText(value: PythonValue, type: string, { flags, width, precision }: Options): string {
  if (type === "a") throw new Refusal("%a is not supported");
  const text = type === "s" ? textOf(value) : reprOf(value);
  return pad(
    precision === undefined ? text : slicePoints(text, 0, precision),
    width,
    flags.includes("-") ? "<" : ">",
    " ",
  );
}

function convertInt(value: PythonValue, type: string, options: Options): string {
  const int = wholeOf(value, type);
  const digits = intDigits(int, type, false).padStart(options.precision ?? 0, "0");
  const prefix = options.flags.includes("#") ? intDigits(0n, type, true).slice(0, -1) : "";
  return withSign(int < 0n, prefix, digits, options);
}

function wholeOf(value: PythonValue, type: string): bigint {
  if (value instanceof Undefined) return value.fail();
  if (typeof value === "boolean" || typeof value === "bigint") return BigInt(value);
  if (typeof value === "number" && "diu".includes(type)) {
    if (!Number.isFinite(value)) throw valueError("cannot convert float infinity or NaN to integer");
    return BigInt(Math.trunc(value));
  }
  throw typeError(`%${type} format: a number is required, not ${typeOf(value)}`);
}

function convertFloat(value: PythonValue, type: string, options: Options): string {
  if (value instanceof Undefined) return value.fail();
  if (value === null || typeof value === "string" || Array.isArray(value) || value instanceof PythonObject) {
    throw typeError(`must be real number, not ${typeOf(value)}`);
  }
  const float = Number(value);
  const digits = floatDigits(float, type, { precision: options.precision, alternate: options.flags.includes("#") });
  const negative = float < 0 || Object.is(float, -0);
  return withSign(
    negative,
    "",
    digits,
    Number.isFinite(float) ? options : { ...options, flags: options.flags.replaceAll("0", "") },
  );
}

function withSign(negative: boolean, prefix: string, digits: string, { flags, width }: Options): string {
  const sign = (negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") + prefix;
  if (flags.includes("-")) return pad(sign + digits, width, "<", " ");
  if (flags.includes("0")) return sign + digits.padStart(width - sign.length, "0");
  return pad(sign + digits, width, ">", " ");
}

function characterOf(value: PythonValue): string {
  if (typeof value === "string" && countPoints(value) === 1) return value;
  if (typeof value === "bigint" && value >= 0n && value < 0x110000n) return String.fromCodePoint(Number(value));
  throw typeError("%c requires an int or a text of one character");
}
