import { bind, type Parameters } from "./arguments.js";
import { absent, attributeOf, getAttribute } from "./attributes.js";
import { spend } from "./budget.js";
import { PythonError, Refusal, isKind, typeError } from "./python-error.js";
import { jsonOf, jsonOptions } from "./json.js";
import { numberOf } from "./number-values.js";
import { calculate, isEqual, isLess, sortBy } from "./python-operators.js";
import { formatPercent } from "./percent-format.js";
import { countOf, joinTexts, pointsOf, slicePoints } from "./points.js";
import { toFloat, toInt } from "./parse-number.js";
import { roundNumber } from "./round.js";
import { attributePath, ignoreCase, pathGetter, sortKey } from "./sort-key.js";
import { callTest } from "./tests.js";
import { capitalize, center, replaceText, splitLines, strip } from "./text-methods.js";
import { escapeHtml, textOf } from "./to-text.js";
import {
  Dict,
  isTrue,
  iterate,
  lengthOf,
  listOf,
  Markup,
  OnceIterator,
  Range,
  Tuple,
  typeOf,
  Undefined,
  type Arguments,
  type PythonValue,
  orElse,
} from "./values.js";

/** A filter: what it makes of a value and what is given to it. Source: Pallets Jinja 3.1.6, jinja2/filters.py. */
type Filter = (value: PythonValue, given: Arguments) => PythonValue;

/** Jinja has these too; no chat template needs them. */
const UNSUPPORTED = ["filesizeformat", "pprint", "random", "striptags", "urlencode", "urlize", "wordwrap", "xmlattr"];

/** Whether there is a filter of this name. */
export const isFilter = (name: string): boolean => Object.hasOwn(FILTERS, name) || UNSUPPORTED.includes(name);

/** `value | name(given)`. */
export function callFilter(name: string, value: PythonValue, given: Arguments): PythonValue {
  if (Object.hasOwn(FILTERS, name)) return FILTERS[name]!(value, given);
  if (UNSUPPORTED.includes(name)) throw new Refusal(`the filter "${name}" is not supported`);
  throw new PythonError("TemplateRuntimeError", `No filter named '${name}' found.`);
}

/** A filter with parameters. */
const filter =
  (
    parameters: Parameters,
    run: (value: PythonValue, values: readonly (PythonValue | undefined)[]) => PythonValue,
  ): Filter =>
  (value, given) =>
    run(value, bind("filter", parameters, given));

/** A filter of texts: what is marked safe stays so. */
const ofText = (
  parameters: Parameters,
  run: (text: string, values: readonly (PythonValue | undefined)[]) => string,
): Filter =>
  filter(parameters, (value, values) => {
    const text = run(textOf(value), values);
    return value instanceof Markup ? new Markup(text) : text;
  });

const once = (source: () => Generator<PythonValue>): OnceIterator => new OnceIterator(source());

function lengthFilter(value: PythonValue): PythonValue {
  const length = lengthOf(value);
  if (length === undefined) throw typeError(`object of type '${typeOf(value)}' has no len()`);
  return BigInt(length);
}

function defaultFilter(
  value: PythonValue,
  [other = "", whenFalse = false]: readonly (PythonValue | undefined)[],
): PythonValue {
  return value instanceof Undefined || (isTrue(whenFalse) && !isTrue(value)) ? other : value;
}

function reverse(value: PythonValue): PythonValue {
  if (typeof value === "string") return [...pointsOf(value)].reverse().join("");
  if (value instanceof Markup) throw new Refusal("reversing a text that is marked safe is not supported");
  const items = listOf(value).reverse();
  // Of what Python can read from the end it makes an iterator.
  return value instanceof OnceIterator ? items : new OnceIterator(items[Symbol.iterator]());
}

function last(value: PythonValue): PythonValue {
  if (value instanceof OnceIterator) throw typeError("'generator' object is not reversible");
  if (value instanceof Range && value.length > 0) return value.at(value.length - 1);
  return orElse(listOf(value).at(-1), () => new Undefined("No last item, sequence was empty."));
}

function first(value: PythonValue): PythonValue {
  for (const item of iterate(value)) return item;
  return new Undefined("No first item, sequence was empty.");
}

function join(value: PythonValue, [between = "", attribute]: readonly (PythonValue | undefined)[]): PythonValue {
  const get = pathGetter(attributePath(attribute));
  const pieces: string[] = [];
  for (const item of iterate(value)) pieces.push(textOf(get(item)));
  return joinTexts(pieces, textOf(between));
}

function indent(
  value: PythonValue,
  [width = 4n, firstToo = false, blank = false]: readonly (PythonValue | undefined)[],
): PythonValue {
  if (value instanceof Markup) throw new Refusal("indenting a text that is marked safe is not supported");
  const spaces = typeof width === "string" ? width : textOf(calculate("*", " ", width));
  const lines = splitLines(textOf(calculate("+", value, "\n")));
  const indented = lines.map((line, index) => (index > 0 && (isTrue(blank) || line !== "") ? spaces + line : line));
  return joinTexts([(isTrue(firstToo) ? spaces : "") + (indented[0] ?? ""), ...indented.slice(1)], "\n");
}

function truncate(
  value: PythonValue,
  [length = 255n, kill = false, end = "...", leeway = 5n]: readonly (PythonValue | undefined)[],
): PythonValue {
  if (typeof value !== "string" || typeof end !== "string")
    throw new Refusal("truncating what is no text is not supported");
  const [most, over] = [countOf(length), leeway === null ? 5 : countOf(leeway)];
  const room = most - Number(lengthOf(end));
  if (room < 0 || over < 0) throw new PythonError("AssertionError", "the length is shorter than the end");
  if (lengthOf(value)! <= most + over) return value;
  const cut = slicePoints(value, 0, room);
  if (isTrue(kill)) return cut + end;
  const space = cut.lastIndexOf(" ");
  return (space === -1 ? cut : cut.slice(0, space)) + end;
}

const title = (text: string): string =>
  text
    .split(/([-\s({[<]+)/)
    .map((word) => (/^[-\s({[<]*$/.test(word) ? word : upperFirst(word)))
    .join("");

function upperFirst(word: string): string {
  const [start = ""] = word;
  return start.toUpperCase() + word.slice(start.length).toLowerCase();
}

function toIntOr(value: PythonValue, [other = 0n, base = 10n]: readonly (PythonValue | undefined)[]): PythonValue {
  return attempt(
    () => toInt(value, countOf(base)),
    () =>
      attempt(
        () => toInt(toFloat(value)),
        () => other,
        ["OverflowError"],
      ),
  );
}

/** What `work` gives, or what `otherwise` gives where Python refuses the value. */
function attempt<T, U>(work: () => T, otherwise: () => U, also: readonly "OverflowError"[] = []): T | U {
  try {
    return work();
  } catch (error) {
    if (!isKind(error, "TypeError", "ValueError", ...also)) throw error;
    return otherwise();
  }
}

function* batch(value: PythonValue, [count, filling]: readonly (PythonValue | undefined)[]): Generator<PythonValue> {
  const size = count!;
  let items: PythonValue[] = [];
  for (const item of iterate(value)) {
    if (isEqual(BigInt(items.length), size)) {
      yield items;
      items = [];
    }
    items.push(item);
  }
  if (items.length === 0) return;
  const missing = filling === undefined || filling === null ? 0 : Math.max(0, countOf(size) - items.length);
  spend(missing);
  yield [...items, ...Array.from({ length: missing }, () => filling!)];
}

function* slices(value: PythonValue, [count, filling]: readonly (PythonValue | undefined)[]): Generator<PythonValue> {
  const items = listOf(value);
  const number = countOf(count!);
  if (number === 0) throw new PythonError("ZeroDivisionError", "division by zero");
  const [size, longer] = [Math.floor(items.length / number), items.length % number];
  for (let index = 0, from = 0; index < number; index++) {
    const to = from + size + (index < longer ? 1 : 0);
    spend(1);
    const isFilled = filling !== undefined && filling !== null && index >= longer;
    yield isFilled ? [...items.slice(from, to), filling] : items.slice(from, to);
    from = to;
  }
}

function sort(
  value: PythonValue,
  [reversed = false, caseSensitive = false, attribute]: readonly (PythonValue | undefined)[],
): PythonValue {
  return sortBy(listOf(value), sortKey(attribute, isTrue(caseSensitive)), { reverse: isTrue(reversed) });
}

function dictSort(
  value: PythonValue,
  [caseSensitive = false, by = "key", reversed = false]: readonly (PythonValue | undefined)[],
): PythonValue {
  if (by !== "key" && by !== "value") throw new PythonError("FilterArgumentError", "dictsort sorts by key or by value");
  if (value instanceof Undefined) return value.fail();
  if (!(value instanceof Dict)) throw typeError("dictsort expects a dict");
  const keyOf = (pair: readonly [PythonValue, PythonValue]): PythonValue => {
    const key = by === "key" ? pair[0] : pair[1];
    return isTrue(caseSensitive) ? key : ignoreCase(key);
  };
  return sortBy(value.entries(), keyOf, { reverse: isTrue(reversed) }).map((pair) => new Tuple(pair));
}

function* unique(
  value: PythonValue,
  [caseSensitive = false, attribute]: readonly (PythonValue | undefined)[],
): Generator<PythonValue> {
  const get = pathGetter(attributePath(attribute));
  const seen = new Dict();
  for (const item of iterate(value)) {
    const key = isTrue(caseSensitive) ? get(item) : ignoreCase(get(item));
    if (seen.get(key) !== undefined) continue;
    seen.set(key, true);
    yield item;
  }
}

const extreme = (wins: (candidate: PythonValue, best: PythonValue) => boolean): Filter =>
  filter(["case_sensitive?", "attribute?"], (value, [caseSensitive = false, attribute]) => {
    const get = pathGetter(attributePath(attribute));
    const keyOf = (item: PythonValue): PythonValue => (isTrue(caseSensitive) ? get(item) : ignoreCase(get(item)));
    let best: { readonly item: PythonValue; readonly key: PythonValue } | undefined;
    for (const item of iterate(value)) {
      const key = keyOf(item);
      if (best === undefined || wins(key, best.key)) best = { item, key };
    }
    return orElse(best?.item, () => new Undefined("No aggregated item, sequence was empty."));
  });

function groupBy(
  value: PythonValue,
  [attribute, other, caseSensitive = false]: readonly (PythonValue | undefined)[],
): PythonValue {
  const get = pathGetter(attributePath(attribute), other ?? undefined);
  const keyOf = (item: PythonValue): PythonValue => (isTrue(caseSensitive) ? get(item) : ignoreCase(get(item)));
  const groups: { readonly key: PythonValue; readonly items: PythonValue[] }[] = [];
  for (const item of sortBy(listOf(value), keyOf)) {
    const group = groups.at(-1);
    const key = keyOf(item);
    if (group !== undefined && isEqual(group.key, key)) group.items.push(item);
    else groups.push({ key, items: [item] });
  }
  return groups.map(({ key, items }) => {
    const shown = isTrue(caseSensitive) ? key : get(items[0]!);
    return new Tuple([shown, items], ["grouper", "list"]);
  });
}

function sum(value: PythonValue, [attribute, start = 0n]: readonly (PythonValue | undefined)[]): PythonValue {
  if (typeof start === "string") throw typeError("sum() can't sum strings [use ''.join(seq) instead]");
  const get = pathGetter(attributePath(attribute));
  let total: PythonValue = start;
  for (const item of iterate(value)) total = calculate("+", total, get(item));
  return total;
}

function* map(value: PythonValue, { positional, named }: Arguments): Generator<PythonValue> {
  if (!isTrue(value)) return;
  const [name, ...rest] = positional;
  if (name === undefined && named.has("attribute")) {
    const unknown = [...named.keys()].find((key) => key !== "attribute" && key !== "default");
    if (unknown !== undefined) throw new PythonError("FilterArgumentError", `Unexpected keyword argument '${unknown}'`);
    const get = pathGetter(attributePath(named.get("attribute")), named.get("default") ?? undefined);
    for (const item of iterate(value)) yield get(item);
    return;
  }
  if (name === undefined) throw new PythonError("FilterArgumentError", "map requires a filter argument");
  for (const item of iterate(value)) yield callFilter(textOf(name), item, { positional: rest, named });
}

const selecting = (wanted: boolean, byAttribute: boolean): Filter => {
  function* select(value: PythonValue, { positional, named }: Arguments): Generator<PythonValue> {
    if (!isTrue(value)) return;
    if (byAttribute && positional.length === 0) {
      throw new PythonError("FilterArgumentError", "Missing parameter for attribute name");
    }
    const get = pathGetter(byAttribute ? attributePath(positional[0]) : []);
    const [test, ...rest] = byAttribute ? positional.slice(1) : positional;
    for (const item of iterate(value)) {
      const tested = get(item);
      const passes = test === undefined ? isTrue(tested) : callTest(textOf(test), tested, { positional: rest, named });
      if (passes === wanted) yield item;
    }
  }
  return (value, given) => once(() => select(value, given));
};

function* items(value: PythonValue): Generator<PythonValue> {
  if (value instanceof Undefined) return;
  if (!(value instanceof Dict)) throw typeError("Can only get item pairs from a mapping.");
  for (const entry of value.entries()) yield new Tuple(entry);
}

function attribute(value: PythonValue, [name]: readonly (PythonValue | undefined)[]): PythonValue {
  if (typeof name !== "string") throw typeError("attribute name must be string");
  return attributeOf(value, name) === undefined ? absent(value, name) : getAttribute(value, name);
}

function format(value: PythonValue, { positional, named }: Arguments): PythonValue {
  if (positional.length > 0 && named.size > 0) {
    throw new PythonError("FilterArgumentError", "can't handle positional and keyword arguments at the same time");
  }
  if (value instanceof Markup) throw new Refusal("formatting a text that is marked safe is not supported");
  return formatPercent(textOf(value), named.size > 0 ? new Dict(named) : new Tuple(positional));
}

function absolute(value: PythonValue): PythonValue {
  const number = numberOf(value);
  if (number === undefined) throw typeError(`bad operand type for abs(): '${typeOf(value)}'`);
  return typeof number === "number" ? Math.abs(number) : number < 0n ? -number : number;
}

const LENGTH = filter([], lengthFilter);
const DEFAULT = filter(["default_value?", "boolean?"], defaultFilter);
const ESCAPE = filter([], (value) => new Markup(escapeHtml(value)));

const FILTERS: Readonly<Record<string, Filter>> = {
  abs: filter([], absolute),
  attr: filter(["name"], attribute),
  batch: filter(["linecount", "fill_with?"], (value, values) => once(() => batch(value, values))),
  capitalize: ofText([], capitalize),
  center: ofText(["width?"], (text, [width]) => center(text, width === undefined ? 80 : countOf(width))),
  count: LENGTH,
  d: DEFAULT,
  default: DEFAULT,
  dictsort: filter(["case_sensitive?", "by?", "reverse?"], dictSort),
  e: ESCAPE,
  escape: ESCAPE,
  first: filter([], first),
  float: filter(["default?"], (value, [other = 0]) =>
    attempt(
      () => toFloat(value),
      () => other,
    ),
  ),
  forceescape: filter([], (value) => new Markup(escapeHtml(textOf(value)))),
  format,
  groupby: filter(["attribute", "default?", "case_sensitive?"], groupBy),
  indent: filter(["width?", "first?", "blank?"], indent),
  int: filter(["default?", "base?"], toIntOr),
  items: filter([], (value) => once(() => items(value))),
  join: filter(["d?", "attribute?"], join),
  last: filter([], last),
  length: LENGTH,
  list: filter([], (value) => listOf(value)),
  lower: ofText([], (text) => text.toLowerCase()),
  map: (value, given) => once(() => map(value, given)),
  max: extreme((candidate, best) => isLess(best, candidate, ">")),
  min: extreme((candidate, best) => isLess(candidate, best)),
  reject: selecting(false, false),
  rejectattr: selecting(false, true),
  replace: filter(["old", "new", "count?"], (value, [old, replacement, count]) =>
    replaceText(
      textOf(value),
      textOf(old!),
      textOf(replacement!),
      count === undefined || count === null ? -1 : countOf(count),
    ),
  ),
  reverse: filter([], reverse),
  round: filter(["precision?", "method?"], roundNumber),
  safe: filter([], (value) => new Markup(textOf(value))),
  select: selecting(true, false),
  selectattr: selecting(true, true),
  slice: filter(["slices", "fill_with?"], (value, values) => once(() => slices(value, values))),
  sort: filter(["reverse?", "case_sensitive?", "attribute?"], sort),
  string: filter([], (value) => (value instanceof Markup ? value : textOf(value))),
  sum: filter(["attribute?", "start?"], sum),
  title: ofText([], title),
  tojson: filter(["ensure_ascii?", "indent?", "separators?", "sort_keys?"], (value, values) =>
    jsonOf(value, jsonOptions(values)),
  ),
  trim: ofText(["chars?"], (text, [characters]) => strip(text, characters)),
  truncate: filter(["length?", "killwords?", "end?", "leeway?"], truncate),
  unique: filter(["case_sensitive?", "attribute?"], (value, values) => once(() => unique(value, values))),
  upper: ofText([], (text) => text.toUpperCase()),
  wordcount: filter([], (value) => BigInt(textOf(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)),
};
