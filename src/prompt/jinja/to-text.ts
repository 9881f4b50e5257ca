import { made } from "./budget.js";
import { Refusal } from "./python-error.js";
import { Dict, DictView, Markup, Namespace, Range, Tuple, Undefined, typeOf, type PythonValue } from "./values.js";

/** Python's `str`. */
export function textOf(value: PythonValue): string {
  if (typeof value === "string") return value;
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return "";
  return reprOf(value);
}

/** Lists in lists; a template cannot make a list that holds itself. */
const MAX_DEPTH = 200;

/**
 * Python's `repr`.
 *
 * @throws Refusal for what prints its address in memory
 */
export function reprOf(value: PythonValue, depth = 0): string {
  if (depth > MAX_DEPTH) throw new Refusal(`it prints values that are nested more than ${MAX_DEPTH} deep`);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return reprOfFloat(value);
  if (typeof value === "string") return made(reprOfText(value));
  const all = (items: readonly PythonValue[]): string => items.map((item) => reprOf(item, depth + 1)).join(", ");
  if (Array.isArray(value)) return made(`[${all(value as readonly PythonValue[])}]`);
  if (value instanceof Markup) return made(`Markup(${reprOfText(value.text)})`);
  if (value instanceof Undefined) return "Undefined";
  if (value instanceof Tuple)
    return made(value.items.length === 1 ? `(${all(value.items)},)` : `(${all(value.items)})`);
  if (value instanceof Dict) {
    const entries = value.entries().map(([key, item]) => `${reprOf(key, depth + 1)}: ${reprOf(item, depth + 1)}`);
    return made(`{${entries.join(", ")}}`);
  }
  if (value instanceof DictView) return made(`${value.type}([${all(value.items())}])`);
  if (value instanceof Range) {
    return `range(${value.start}, ${value.stop}${value.step === 1 ? "" : `, ${value.step}`})`;
  }
  if (value instanceof Namespace) return made(`<Namespace ${reprOf(value.dict, depth + 1)}>`);
  throw new Refusal(`it prints a value of type ${typeOf(value)}, which Python writes with its address in memory`);
}

/** As Python prints floats: the shortest digits that give the same number, with an exponent from 1e16 on and below 1e-4. */
export function reprOfFloat(float: number): string {
  if (Number.isNaN(float)) return "nan";
  if (!Number.isFinite(float)) return float > 0 ? "inf" : "-inf";
  if (float === 0) return Object.is(float, -0) ? "-0.0" : "0.0";
  const [mantissa, exponent] = float.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (power >= 16 || power < -4) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const plain = String(float);
  return /[.e]/.test(plain) ? plainDecimal(mantissa, power) : `${plain}.0`;
}

/** Without an exponent, which JavaScript writes below 1e-6. */
function plainDecimal(mantissa: string, power: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  return `${sign}${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}

/** Categories that Python does not print as they are, but for the space. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{Zs}]/u;
const NAMED: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

function reprOfText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replace(/[^]/gu, (character) => {
    if (character === quote) return `\\${quote}`;
    if (character === " " || (!UNPRINTABLE.test(character) && character !== "\\")) return character;
    return NAMED[character] ?? escapeCharacter(character);
  });
  return quote + inner + quote;
}

/** As \xhh, \uhhhh or \Uhhhhhhhh. */
function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

/** As Python's html.escape writes text for a page; of a text that is marked safe nothing is changed. */
export function escapeHtml(value: PythonValue): string {
  if (value instanceof Markup) return value.text;
  return made(textOf(value).replace(/[&<>"']/g, (character) => HTML[character]!));
}

const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
