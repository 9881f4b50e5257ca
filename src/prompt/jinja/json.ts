import { made, spend } from "./budget.js";
import { Refusal, typeError } from "./python-error.js";
import { sortBy } from "./python-operators.js";
import { reprOfFloat } from "./to-text.js";
import { Dict, Markup, Tuple, isTrue, typeOf, type PythonValue } from "./values.js";

export interface JsonOptions {
  /** Characters beyond ASCII are written as escapes. */
  readonly ascii: boolean;
  /** One level of indentation; without it all stands in one line. */
  readonly indent: string | undefined;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly sortKeys: boolean;
}

/** Values in values; json.dumps itself ends at the depth of Python's stack. */
const MAX_DEPTH = 200;

/**
 * Python's `json.dumps`.
 *
 * @throws PythonError for what JSON has not
 */
export function jsonOf(value: PythonValue, options: JsonOptions, depth = 0): string {
  if (depth > MAX_DEPTH) throw new Refusal(`it writes JSON that is nested more than ${MAX_DEPTH} deep`);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return jsonFloat(value);
  if (typeof value === "string") return quote(value, options.ascii);
  if (value instanceof Markup) return quote(value.text, options.ascii);
  const below = (item: PythonValue): string => jsonOf(item, options, depth + 1);
  if (Array.isArray(value)) return wrap("[", (value as readonly PythonValue[]).map(below), "]", options, depth);
  if (value instanceof Tuple) return wrap("[", value.items.map(below), "]", options, depth);
  if (value instanceof Dict) {
    const entries = options.sortKeys ? sortBy(value.entries(), ([key]) => key) : value.entries();
    const members = entries.map(([key, item]) => quote(keyOf(key), options.ascii) + options.keySeparator + below(item));
    return wrap("{", members, "}", options, depth);
  }
  throw typeError(`Object of type ${typeOf(value)} is not JSON serializable`);
}

function jsonFloat(float: number): string {
  if (Number.isNaN(float)) return "NaN";
  return Number.isFinite(float) ? reprOfFloat(float) : float > 0 ? "Infinity" : "-Infinity";
}

function keyOf(key: PythonValue): string {
  if (typeof key === "string") return key;
  if (key instanceof Markup) return key.text;
  if (key === null || typeof key === "boolean") return String(key);
  if (typeof key === "bigint") return key.toString();
  if (typeof key === "number") return jsonFloat(key);
  throw typeError(`keys must be str, int, float, bool or None, not ${typeOf(key)}`);
}

function wrap(open: string, items: readonly string[], close: string, options: JsonOptions, depth: number): string {
  const { indent, itemSeparator } = options;
  if (items.length === 0 || indent === undefined) return made(open + items.join(itemSeparator) + close);
  const line = `\n${indent.repeat(depth + 1)}`;
  return made(open + line + items.join(itemSeparator + line) + `\n${indent.repeat(depth)}` + close);
}

const ESCAPED = /["\\\x00-\x1f]/g; // eslint-disable-line no-control-regex
const ESCAPED_ASCII = /["\\\x00-\x1f]|[^\x00-\x7f]/g; // eslint-disable-line no-control-regex
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};

function quote(text: string, ascii: boolean): string {
  spend(text.length);
  const inner = text.replace(
    ascii ? ESCAPED_ASCII : ESCAPED,
    (unit) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${inner}"`;
}

/** The options of what is given to `tojson`, in the order of its parameters. */
export function jsonOptions([ascii, indent, separators, sortKeys]: readonly (PythonValue | undefined)[]): JsonOptions {
  const level = indentOf(indent ?? null);
  let [itemSeparator, keySeparator] = [level === undefined ? ", " : ",", ": "];
  if (separators !== undefined && separators !== null) {
    const pair = separators instanceof Tuple ? separators.items : separators;
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((text) => typeof text !== "string")) {
      throw typeError("separators are two texts");
    }
    [itemSeparator, keySeparator] = pair as [string, string];
  }
  return {
    ascii: isTrue(ascii ?? false),
    indent: level,
    itemSeparator,
    keySeparator,
    sortKeys: isTrue(sortKeys ?? false),
  };
}

function indentOf(indent: PythonValue): string | undefined {
  if (indent === null) return undefined;
  if (typeof indent === "string") return indent;
  if (typeof indent === "bigint" || typeof indent === "boolean") {
    const width = Math.max(0, Number(indent));
    spend(width);
    return " ".repeat(width);
  }
  throw typeError(`an indent is a number or a text, not ${typeOf(indent)}`);
}
