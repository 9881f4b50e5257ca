import * as tables from "./unicode-tables.js";

/** The body of a character class, for RegExp's flags u and v, of a table of gaps and lengths. */
function classBody(table: string): string {
  let end = 0;
  const ranges = table.split(" ").map((range) => {
    const [gap, length = 1] = range.split("+").map((number) => Number.parseInt(number, 36));
    const first = end + gap!;
    end = first + length;
    return length === 1 ? escape(first) : `${escape(first)}-${escape(end - 1)}`;
  });
  return ranges.join("");
}

const escape = (codePoint: number): string => `\\u{${codePoint.toString(16)}}`;

/** Characters by the classes of the crate `tokenizers`. Where no table is named, its class and JavaScript's are the same. */
export const PUNCTUATION = new RegExp(`[${classBody(tables.PUNCTUATION)}]`, "gu");
export const NON_SPACING_MARKS = new RegExp(`[${classBody(tables.NON_SPACING_MARKS)}]`, "gu");
export const COMBINING_MARKS = new RegExp(`[${classBody(tables.COMBINING_MARKS)}]`, "gu");
export const CONTROLS = new RegExp(`[\\0${classBody(tables.CONTROLS)}]`, "gu");
export const NUMERIC = /\p{N}/gu;
export const WHITE_SPACE = /\p{White_Space}/gu;
export const WHITE_SPACE_IN_FRONT = /^\p{White_Space}+/u;
export const WHITE_SPACE_AT_END = /(?<!\p{White_Space})\p{White_Space}+$/u;

/** Characters that this engine knows and Unicode 16, the version of the crate's regular expressions, does not. */
const NEWER = `[\\P{Cn}&&[${classBody(tables.UNASSIGNED)}]]`;
const NEWER_CHARACTERS = new RegExp(NEWER, "gv");

/** A letter or digit of a word, as in the crate's `regex`. */
export const WORD = `[[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]--${NEWER}]`;

/** U+0295 changed its category after Unicode 16, from lower-case letter to other letter; U+0292 has its old one. */
const OLD_CATEGORY = new Map([["\u0295", "\u0292"]]);

/** The text, with each character that Unicode 16 does not know replaced by one of the same length and of the crate's class. */
export function asInUnicode16(text: string): string {
  const known = text.replace(NEWER_CHARACTERS, (newer) => (newer.length === 1 ? "\u0378" : "\u{40000}"));
  return known.replaceAll("\u0295", (old) => OLD_CATEGORY.get(old)!);
}

/** Characters that the crate's normal forms leave as they are: those newer than Unicode 9. */
const NEWER_THAN_NORMALIZER = new RegExp(`([${classBody(tables.NEWER_THAN_NORMALIZER)}]|${NEWER})`, "v");

/** Whether a character is newer than Unicode 9. */
export const isNewerThanUnicode9 = (character: string): boolean => NEWER_THAN_NORMALIZER.test(character);

/** A normal form as the crate makes it. */
export function normalForm(text: string, form: (text: string) => string): string {
  if (!NEWER_THAN_NORMALIZER.test(text)) return form(text);
  return text
    .split(NEWER_THAN_NORMALIZER)
    .map((part, index) => (index % 2 === 1 ? part : form(part)))
    .join("");
}
