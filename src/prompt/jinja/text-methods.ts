import { bind, type Parameters } from "./arguments.js";
import { formatBraces, type FieldAccess } from "./brace-format.js";
import { made, spend } from "./budget.js";
import { Refusal, typeError, valueError } from "./python-error.js";
import { SPACE } from "./lexer.js";
import { clampRange, countOf, indexOf, joinTexts, pad, pointIndex, pointsOf } from "./points.js";
import { Dict, Markup, Tuple, countPoints, iterate, typeOf, type Arguments, type PythonValue } from "./values.js";

/** A method of str: its parameters, and what it does to a text. */
interface TextMethod {
  readonly parameters: Parameters;
  readonly run: (text: string, values: readonly (PythonValue | undefined)[]) => PythonValue;
}

/** Calls a method of a text. */
export function callTextMethod(text: string, name: string, given: Arguments, access: FieldAccess): PythonValue {
  if (name === "format") return formatBraces(text, given, access);
  if (name === "format_map") return formatMap(text, given, access);
  const { parameters, run } = TEXT_METHODS[name]!;
  return run(text, bind(name, parameters, given));
}

/** Whether a text has this method, and whether it is known here. */
export const textMethod = (name: string): "known" | "unsupported" | undefined => {
  if (Object.hasOwn(TEXT_METHODS, name) || name === "format" || name === "format_map") return "known";
  return ["encode", "translate", "maketrans"].includes(name) ? "unsupported" : undefined;
};

function formatMap(text: string, given: Arguments, access: FieldAccess): PythonValue {
  const [mapping] = bind("format_map", ["mapping/"], given);
  if (!(mapping instanceof Dict)) throw new Refusal("format_map of what is no dict is not supported");
  const named = new Map(mapping.entries().filter(([key]) => typeof key === "string") as [string, PythonValue][]);
  return formatBraces(text, { positional: [], named }, access);
}

/** A text that is given where Python asks for one. */
function textArgument(value: PythonValue | undefined): string {
  if (typeof value === "string") return value;
  if (value instanceof Markup) return value.text;
  throw typeError(`must be str, not ${value === undefined ? "nothing" : typeOf(value)}`);
}

const IN_FRONT = new RegExp(`^[${SPACE}]+`);
const AT_END = new RegExp(`(?<![${SPACE}])[${SPACE}]+$`);
const RUNS = new RegExp(`[${SPACE}]+`, "g");

/** str.strip: of white space, or of any of the characters given. */
export function strip(
  text: string,
  characters: PythonValue | undefined,
  sides: "left" | "right" | "both" = "both",
): string {
  const given = characters === undefined || characters === null ? undefined : textArgument(characters);
  if (given === undefined) {
    const kept = sides === "right" ? text : text.replace(IN_FRONT, "");
    return sides === "left" ? kept : kept.replace(AT_END, "");
  }
  const set = new Set(given);
  const points = pointsOf(text);
  let [from, to] = [0, points.length];
  if (sides !== "right") while (from < to && set.has(points[from]!)) from++;
  if (sides !== "left") while (to > from && set.has(points[to - 1]!)) to--;
  return points.slice(from, to).join("");
}

function split(
  text: string,
  separator: PythonValue | undefined,
  most: PythonValue | undefined,
  fromRight: boolean,
): PythonValue {
  const limit = most === undefined ? -1 : countOf(most);
  const max = limit < 0 ? Infinity : limit;
  if (separator === undefined || separator === null) return splitAtSpaces(text, max, fromRight);
  const between = textArgument(separator);
  if (between === "") throw valueError("empty separator");
  if (fromRight) return splitFromRight(text, between, max);
  const pieces = made(text).split(between);
  return pieces.length - 1 <= max ? pieces : [...pieces.slice(0, max), pieces.slice(max).join(between)];
}

function splitFromRight(text: string, between: string, max: number): PythonValue {
  const pieces: string[] = [];
  let end = made(text).length;
  while (pieces.length < max && end >= between.length) {
    const at = text.lastIndexOf(between, end - between.length);
    if (at === -1) break;
    pieces.push(text.slice(at + between.length, end));
    end = at;
  }
  return [...pieces, text.slice(0, end)].reverse();
}

function splitAtSpaces(text: string, max: number, fromRight: boolean): PythonValue {
  const trimmed = strip(made(text), undefined);
  if (trimmed === "") return [];
  const runs = [...trimmed.matchAll(RUNS)];
  const cuts = fromRight ? runs.slice(Math.max(0, runs.length - max)) : runs.slice(0, max);
  // Where as much is split off as may be, the rest keeps the white space at its far end.
  const keepsRest = runs.length >= max;
  const rest = keepsRest ? strip(text, undefined, fromRight ? "right" : "left") : trimmed;
  const offset = keepsRest && fromRight ? rest.length - trimmed.length : 0;
  const pieces: string[] = [];
  let from = 0;
  for (const { index, 0: run } of cuts) {
    pieces.push(rest.slice(from, index + offset));
    from = index + offset + run.length;
  }
  return [...pieces, rest.slice(from)];
}

const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g; // eslint-disable-line no-control-regex

/** str.splitlines. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = [];
  let from = 0;
  for (const { index, 0: end } of made(text).matchAll(LINE_END)) {
    lines.push(text.slice(from, keepEnds ? index + end.length : index));
    from = index + end.length;
  }
  return from < text.length ? [...lines, text.slice(from)] : lines;
}

/** str.replace; `count` below zero means all. */
export function replaceText(text: string, old: string, replacement: string, count = -1): string {
  if (count < 0) {
    if (old !== "") return joinTexts(text.split(old), replacement);
    return made(
      replacement +
        pointsOf(text)
          .map((point) => point + replacement)
          .join(""),
    );
  }
  if (old === "") {
    const points = pointsOf(text);
    const woven = points.map((point, index) => (index < count ? replacement : "") + point).join("");
    return made(woven + (count > points.length ? replacement : ""));
  }
  const pieces = text.split(old);
  const last = Math.min(count, pieces.length - 1);
  const rest = pieces.slice(last).join(old);
  return joinTexts([...pieces.slice(0, last), rest], replacement);
}

/** Letters whose form at the start of a title differs from the capital. */
const TITLE_LETTERS: Readonly<Record<string, string>> = {
  Ǆ: "ǅ",
  ǅ: "ǅ",
  ǆ: "ǅ",
  Ǉ: "ǈ",
  ǈ: "ǈ",
  ǉ: "ǈ",
  Ǌ: "ǋ",
  ǋ: "ǋ",
  ǌ: "ǋ",
  Ǳ: "ǲ",
  ǲ: "ǲ",
  ǳ: "ǲ",
};

function titleLetter(point: string): string {
  const upper = TITLE_LETTERS[point] ?? point.toUpperCase();
  const [first = "", ...rest] = Array.from(upper);
  return first + rest.join("").toLowerCase();
}

/** str.capitalize. */
export function capitalize(text: string): string {
  const [first = ""] = text;
  return titleLetter(first) + lowerRest(first, text);
}

/** The rest of a text in small letters; a sigma in it knows what stands before it. */
const lowerRest = (first: string, text: string): string => text.toLowerCase().slice(first.toLowerCase().length);

const CASED = /\p{Cased}/u;

function title(text: string): string {
  if (text.includes("Σ")) return notExact("title");
  let written = "";
  let inWord = false;
  for (const point of pointsOf(text)) {
    written += inWord ? point.toLowerCase() : titleLetter(point);
    inWord = CASED.test(point);
  }
  return made(written);
}

/** str.islower and str.isupper. */
export const isInCase = (text: string, other: RegExp): boolean => CASED.test(text) && !other.test(text);
export const UPPER = /[\p{Uppercase}\p{Lt}]/u;
export const LOWER = /[\p{Lowercase}\p{Lt}]/u;

function isTitle(text: string): boolean {
  let inWord = false;
  for (const point of text) {
    if (UPPER.test(point) ? inWord : LOWER.test(point) && !inWord) return false;
    inWord = CASED.test(point);
  }
  return CASED.test(text);
}

const every =
  (pattern: RegExp, empty = false): TextMethod["run"] =>
  (text) =>
    text === "" ? empty : pattern.test(text);

const affix =
  (test: "startsWith" | "endsWith"): TextMethod["run"] =>
  (text, [wanted, start, stop]) => {
    const part = window(text, start, stop);
    const candidates = wanted instanceof Tuple ? wanted.items.map(textArgument) : [textArgument(wanted)];
    return part !== undefined && candidates.some((candidate) => part[test](candidate));
  };

/** The stretch of a text that is searched; undefined where it begins behind the end. */
function window(text: string, start: PythonValue | undefined, stop: PythonValue | undefined): string | undefined {
  if ((start === undefined || start === null) && (stop === undefined || stop === null)) return text;
  const points = pointsOf(text);
  const [from, to] = clampRange(points.length, indexOf(start), indexOf(stop));
  const begin = indexOf(start) ?? 0;
  return begin > points.length || from > to ? undefined : points.slice(from, to).join("");
}

const search =
  (find: "indexOf" | "lastIndexOf", raises: boolean): TextMethod["run"] =>
  (text, [wanted, start, stop]) => {
    const sought = textArgument(wanted);
    const part = window(text, start, stop);
    const unit = part === undefined ? -1 : part[find](sought);
    if (unit === -1 && raises) throw valueError("substring not found");
    const offset = unit === -1 ? 0 : clampRange(countPoints(text), indexOf(start), undefined)[0];
    return BigInt(pointIndex(part ?? "", unit) + offset);
  };

const partition =
  (find: "indexOf" | "lastIndexOf"): TextMethod["run"] =>
  (text, [separator]) => {
    const between = textArgument(separator);
    if (between === "") throw valueError("empty separator");
    const at = text[find](between);
    if (at === -1) return new Tuple(find === "indexOf" ? [text, "", ""] : ["", "", text]);
    return new Tuple([text.slice(0, at), between, text.slice(at + between.length)]);
  };

const justify =
  (align: "<" | ">" | "^"): TextMethod["run"] =>
  (text, [width, fill]) => {
    const filling = fill === undefined ? " " : textArgument(fill);
    if (countPoints(filling) !== 1) throw typeError("The fill character must be exactly one character long");
    return align === "^" ? center(text, countOf(width!), filling) : pad(text, countOf(width!), align, filling);
  };

/** str.center, which puts an odd space to the left where the width is odd too. */
export function center(text: string, width: number, fill = " "): string {
  const missing = width - countPoints(text);
  if (missing <= 0) return text;
  const left = Math.floor(missing / 2) + (missing % 2 === 1 && width % 2 === 1 ? 1 : 0);
  return pad(pad(text, countPoints(text) + left, ">", fill), width, "<", fill);
}

function expandTabs(text: string, size: number): string {
  let column = 0;
  let written = "";
  for (const point of pointsOf(text)) {
    if (point === "\t") {
      const spaces = size > 0 ? size - (column % size) : 0;
      spend(spaces);
      written += " ".repeat(spaces);
      column += spaces;
    } else {
      written += point;
      column = point === "\n" || point === "\r" ? 0 : column + 1;
    }
  }
  return made(written);
}

function zeroFill(text: string, width: number): string {
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  return sign + pad(text.slice(sign.length), width - sign.length, ">", "0");
}

function joinAll(between: string, values: PythonValue): string {
  const pieces: string[] = [];
  for (const value of iterate(values)) {
    if (typeof value !== "string" && !(value instanceof Markup)) {
      throw typeError(`sequence item ${pieces.length}: expected str instance, ${typeOf(value)} found`);
    }
    pieces.push(textArgument(value));
  }
  return joinTexts(pieces, between);
}

function swapCase(text: string): string {
  if (text.includes("Σ")) return notExact("swapcase");
  const swap = (point: string): string => {
    if (/\p{Uppercase}/u.test(point)) return point.toLowerCase();
    return /\p{Lowercase}/u.test(point) ? point.toUpperCase() : point;
  };
  return joinTexts(pointsOf(text).map(swap), "");
}

const upper = (text: string): string => made(text.toUpperCase());
const lower = (text: string): string => made(text.toLowerCase());

const notExact = (name: string): never => {
  throw new Refusal(`the method ${name} of texts beyond ASCII is not supported`);
};

function caseFold(text: string): string {
  // eslint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? lower(text) : notExact("casefold");
}

const NO_ARGUMENTS: Parameters = [];
const RANGE: Parameters = ["sub/", "start?/", "end?/"];

const TEXT_METHODS: Readonly<Record<string, TextMethod>> = {
  capitalize: { parameters: NO_ARGUMENTS, run: (text) => made(capitalize(text)) },
  casefold: { parameters: NO_ARGUMENTS, run: caseFold },
  center: { parameters: ["width/", "fillchar?/"], run: justify("^") },
  count: {
    parameters: RANGE,
    run: (text, [wanted, start, stop]) => {
      const sought = textArgument(wanted);
      const part = window(text, start, stop);
      if (part === undefined) return 0n;
      return BigInt(sought === "" ? countPoints(part) + 1 : made(part).split(sought).length - 1);
    },
  },
  endswith: { parameters: ["suffix/", "start?/", "end?/"], run: affix("endsWith") },
  expandtabs: {
    parameters: ["tabsize?"],
    run: (text, [size]) => expandTabs(text, size === undefined ? 8 : countOf(size)),
  },
  find: { parameters: RANGE, run: search("indexOf", false) },
  index: { parameters: RANGE, run: search("indexOf", true) },
  isalnum: { parameters: NO_ARGUMENTS, run: every(/^[\p{L}\p{N}]+$/u) },
  isalpha: { parameters: NO_ARGUMENTS, run: every(/^\p{L}+$/u) },
  // eslint-disable-next-line no-control-regex
  isascii: { parameters: NO_ARGUMENTS, run: every(/^[\x00-\x7f]*$/, true) },
  isdecimal: { parameters: NO_ARGUMENTS, run: every(/^\p{Nd}+$/u) },
  isdigit: { parameters: NO_ARGUMENTS, run: (text) => isDigits(text) },
  isidentifier: { parameters: NO_ARGUMENTS, run: every(/^[\p{ID_Start}_]\p{ID_Continue}*$/u) },
  islower: { parameters: NO_ARGUMENTS, run: (text) => isInCase(text, UPPER) },
  isnumeric: { parameters: NO_ARGUMENTS, run: isNumeric },
  isprintable: { parameters: NO_ARGUMENTS, run: every(/^(?:[^\p{C}\p{Z}]| )*$/u, true) },
  isspace: { parameters: NO_ARGUMENTS, run: every(new RegExp(`^[${SPACE}]+$`)) },
  istitle: { parameters: NO_ARGUMENTS, run: (text) => isTitle(text) },
  isupper: { parameters: NO_ARGUMENTS, run: (text) => isInCase(text, LOWER) },
  join: { parameters: ["iterable/"], run: (text, [values]) => joinAll(text, values!) },
  ljust: { parameters: ["width/", "fillchar?/"], run: justify("<") },
  lower: { parameters: NO_ARGUMENTS, run: lower },
  lstrip: { parameters: ["chars?/"], run: (text, [characters]) => strip(text, characters, "left") },
  partition: { parameters: ["sep/"], run: partition("indexOf") },
  removeprefix: {
    parameters: ["prefix/"],
    run: (text, [prefix]) => (text.startsWith(textArgument(prefix)) ? text.slice(textArgument(prefix).length) : text),
  },
  removesuffix: {
    parameters: ["suffix/"],
    run: (text, [suffix]) =>
      text.endsWith(textArgument(suffix)) ? text.slice(0, text.length - textArgument(suffix).length) : text,
  },
  replace: {
    parameters: ["old/", "new/", "count?/"],
    run: (text, [old, replacement, count]) =>
      replaceText(text, textArgument(old), textArgument(replacement), count === undefined ? -1 : countOf(count)),
  },
  rfind: { parameters: RANGE, run: search("lastIndexOf", false) },
  rindex: { parameters: RANGE, run: search("lastIndexOf", true) },
  rjust: { parameters: ["width/", "fillchar?/"], run: justify(">") },
  rpartition: { parameters: ["sep/"], run: partition("lastIndexOf") },
  rsplit: { parameters: ["sep?", "maxsplit?"], run: (text, [separator, most]) => split(text, separator, most, true) },
  rstrip: { parameters: ["chars?/"], run: (text, [characters]) => strip(text, characters, "right") },
  split: { parameters: ["sep?", "maxsplit?"], run: (text, [separator, most]) => split(text, separator, most, false) },
  splitlines: {
    parameters: ["keepends?"],
    run: (text, [keep]) => splitLines(text, keep !== undefined && countOf(keep) !== 0),
  },
  startswith: { parameters: ["prefix/", "start?/", "end?/"], run: affix("startsWith") },
  strip: { parameters: ["chars?/"], run: (text, [characters]) => strip(text, characters) },
  swapcase: { parameters: NO_ARGUMENTS, run: swapCase },
  title: { parameters: NO_ARGUMENTS, run: title },
  upper: { parameters: NO_ARGUMENTS, run: upper },
  zfill: { parameters: ["width/"], run: (text, [width]) => zeroFill(text, countOf(width!)) },
};

function isNumeric(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? /^\d+$/.test(text) : notExact("isnumeric");
}

/** Decimal digits and the few others that Python counts as digits, such as superscripts. */
function isDigits(text: string): boolean {
  if (text !== "" && /^\p{N}+$/u.test(text) && !/^\p{Nd}+$/u.test(text)) return notExact("isdigit");
  return /^\p{Nd}+$/u.test(text);
}
