import { made, spend } from "./budget.js";
import { PythonError, typeError, valueError } from "./python-error.js";
import { intOf } from "./number-values.js";
import { countPoints, typeOf, type PythonValue } from "./values.js";

/** Texts by code points, as Python counts them. */
const HAS_PAIR = /[\ud800-\udbff][\udc00-\udfff]/;

/** The code points of a text. */
export function pointsOf(text: string): readonly string[] {
  spend(text.length);
  return Array.from(text);
}

/** A stretch of a text, between places that are not negative. */
export function slicePoints(text: string, start: number, stop = Infinity): string {
  if (!HAS_PAIR.test(text)) return text.slice(start, stop);
  return pointsOf(text).slice(start, stop).join("");
}

/** The place in code points of a place in UTF-16 units; -1 stays. */
export const pointIndex = (text: string, unit: number): number => (unit < 0 ? unit : countPoints(text.slice(0, unit)));

/** Fills a text up to a width; "^" puts it in the middle. */
export function pad(text: string, width: number, align: "<" | ">" | "^", fill: string): string {
  const missing = width - countPoints(text);
  if (missing <= 0) return text;
  spend(missing);
  if (align === "<") return text + fill.repeat(missing);
  if (align === ">") return fill.repeat(missing) + text;
  const left = Math.floor(missing / 2);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

/** A place that a template gives, which may lie beyond the ends; undefined where it gives none. */
export function indexOf(value: PythonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const int = intOf(value);
  if (int === undefined) throw typeError("slice indices must be integers or None");
  return Number(int);
}

/** A count or width that a template gives. */
export function countOf(value: PythonValue): number {
  const int = intOf(value);
  if (int === undefined) throw typeError(`'${typeOf(value)}' object cannot be interpreted as an integer`);
  if (BigInt.asIntN(64, int) !== int) throw new PythonError("OverflowError", "int too large to convert to C ssize_t");
  return Number(int);
}

/** Start and end as Python's slices and searches take them, within 0 and `length`. */
export function clampRange(length: number, start: number | undefined, stop: number | undefined): [number, number] {
  const clamp = (place: number): number => Math.min(length, Math.max(0, place < 0 ? place + length : place));
  return [clamp(start ?? 0), clamp(stop ?? length)];
}

/** The items of `items[start:stop:step]`. */
export function sliceItems<T>(
  items: readonly T[],
  [start, stop, step = 1]: readonly [number | undefined, number | undefined, number | undefined],
): T[] {
  if (step === 0) throw valueError("slice step cannot be zero");
  if (step === 1) {
    const [from, to] = clampRange(items.length, start, stop);
    spend(Math.max(0, to - from));
    return items.slice(from, Math.max(from, to));
  }
  const last = items.length - 1;
  const place = (at: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, at < 0 ? at + items.length : at));
  const taken: T[] = [];
  if (step > 0) {
    const [from, to] = clampRange(items.length, start, stop);
    for (let at = from; at < to; at += step) taken.push(items[at]!);
  } else {
    const from = start === undefined ? last : place(start, -1, last);
    const to = stop === undefined ? -1 : place(stop, -1, last);
    for (let at = from; at > to; at += step) taken.push(items[at]!);
  }
  spend(taken.length);
  return taken;
}

/** A text joined of pieces, paid for. */
export const joinTexts = (pieces: readonly string[], between: string): string => made(pieces.join(between));
