import { jsonText, parseJson } from "./json-file.js";

/** Stands before a number that JavaScript would spell otherwise; no file begins a string with it. */
const MARK = "\u0000number:";

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN/g;
const NON_FINITE = /^-?Infinity$|^NaN$/;
const MARKED = new RegExp(
  `"${JSON.stringify(MARK).slice(1, -1).replaceAll("\\", "\\\\")}(-?[\\d.eE+-]+|-?Infinity|NaN)"`,
  "g",
);

/**
 * Parses the text of a JSON file that `verbatimText` writes again with a few changes. A number that JavaScript would spell otherwise,
 * such as 10000.0, 1e-05 or Infinity, is held as a string: Python tells 8.0 from 8, and some releases of transformers refuse 8
 * where they expect a float. `path` names the file in errors.
 */
export function parseVerbatimJson(text: string, path: string): unknown {
  parseJson(text, path); // Parsed first, so that an error is about the file as it is.
  const marked = text.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') || isSpelledAlike(token) ? token : JSON.stringify(MARK + token),
  );
  return parseJson(marked, path);
}

/** Whether JSON.stringify writes a number as it stands in the file; NaN and the infinities it would lose. */
const isSpelledAlike = (token: string): boolean => !NON_FINITE.test(token) && String(Number(token)) === token;

/** The text of what `parseVerbatimJson` read, with numbers as they were spelled. */
export function verbatimText(value: unknown): string {
  return jsonText(value).replace(MARKED, "$1");
}
