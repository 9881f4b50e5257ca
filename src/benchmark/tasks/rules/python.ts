/**
 * Python's idea of white space, which the official scorers split and strip by: unlike JavaScript's it counts the
 * separators U+001C to U+001F and U+0085, and not U+FEFF.
 */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]+`, "u");
const ONE_SPACE = new RegExp(`[${SPACE}]`, "u");

/** Every character of Python's string.punctuation. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** `str.strip()`. */
export function strip(text: string): string {
  let start = 0;
  while (start < text.length && ONE_SPACE.test(text[start]!)) start++;
  return stripEnd(text.slice(start), (character) => ONE_SPACE.test(character));
}

/** `text` without its last characters that are `dropped`; a pattern such as /x+$/ tries every run of them, and takes time squared. */
function stripEnd(text: string, dropped: (character: string) => boolean): string {
  let end = text.length;
  while (end > 0 && dropped(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** `str.rstrip(".")`. */
export const stripFullStops = (text: string): string => stripEnd(text, (character) => character === ".");

/** `str.split()`: no empty words. */
export const splitWords = (text: string): string[] => text.split(SPACES).filter((word) => word !== "");

/** Drops every character of `string.punctuation`. */
export const dropPunctuation = (text: string): string => text.replace(PUNCTUATION, "");

/**
 * An object of strings as Python's `json.dump(value, file, indent=2)` writes it: keys in the given order, everything
 * outside ASCII escaped, no line end after the last brace.
 */
export function pythonJson(entries: readonly (readonly [string, string])[]): string {
  if (entries.length === 0) return "{}";
  return `{\n${entries.map(([key, value]) => `  ${asciiString(key)}: ${asciiString(value)}`).join(",\n")}\n}`;
}

/** JSON.stringify leaves alone what Python escapes beyond the visible ASCII characters. */
const asciiString = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
