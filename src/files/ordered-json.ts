import { InputError } from "../errors.js";
import { parseJson } from "./json-file.js";

/** JSON whose objects are Maps in file order: a plain object would move keys such as "0" and "10" to its front. */
export type OrderedJson = null | boolean | number | string | OrderedJson[] | OrderedObject;
export type OrderedObject = ReadonlyMap<string, OrderedJson>;

export function isOrderedObject(value: OrderedJson | undefined): value is OrderedObject {
  return value instanceof Map;
}

interface Open {
  readonly value: OrderedJson[] | Map<string, OrderedJson>;
  key: string | undefined;
}

/**
 * Parses JSON keeping the order of keys, which the order of vocabulary rows depends on.
 *
 * @throws InputError for invalid JSON and for a key that stands twice in one object; `path` only names the file
 */
export function parseOrderedJson(text: string, path: string): OrderedJson {
  parseJson(text, path); // `parseJson` checked the grammar; below, the text is known to be valid.
  const root: OrderedJson[] = [];
  const stack: Open[] = [{ value: root, key: undefined }];
  for (let at = 0; at < text.length;) {
    const char = text[at]!;
    if (char === "{" || char === "[") {
      const value = char === "{" ? new Map<string, OrderedJson>() : [];
      place(stack.at(-1)!, value);
      stack.push({ value, key: undefined });
      at += 1;
    } else if (char === "}" || char === "]") {
      stack.pop();
      at += 1;
    } else if (char === "," || char === ":" || char <= " ") {
      at += 1;
    } else {
      const end = char === '"' ? endOfString(text, at) : endOfScalar(text, at);
      placeOrName(stack.at(-1)!, decodeScalar(text.slice(at, end)), path);
      at = end;
    }
  }
  return root[0]!;
}

/** Puts a scalar into the open array, or takes it as the next key or that key's value in the open object. */
function placeOrName(open: Open, scalar: OrderedJson, path: string): void {
  if (!(open.value instanceof Map) || open.key !== undefined) return place(open, scalar);
  const key = scalar as string;
  if (open.value.has(key)) {
    throw new InputError(
      `${path}: the key ${JSON.stringify(key)} stands twice in one object; every key must be unique`,
    );
  }
  open.key = key;
}

function place(open: Open, value: OrderedJson): void {
  if (Array.isArray(open.value)) {
    open.value.push(value);
  } else {
    open.value.set(open.key!, value);
    open.key = undefined;
  }
}

/** Index after the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

function endOfScalar(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && !isScalarEnd(text[end]!)) end++;
  return end;
}

function isScalarEnd(char: string): boolean {
  return char === "," || char === "}" || char === "]" || char <= " ";
}

/** Short cuts for nearly all tokens, since every call of JSON.parse takes a microsecond. */
function decodeScalar(token: string): OrderedJson {
  const first = token[0]!;
  if (first === '"' && !token.includes("\\")) return token.slice(1, -1);
  if (first === "-" || first === "N" || first === "I" || (first >= "0" && first <= "9")) return Number(token);
  return JSON.parse(token) as OrderedJson;
}
