/**
 * Python's idea of white space, which the official scorers split and strip by: unlike JavaScript's it counts the
 * separators U+001C to U+001F and U+0085, and not U+FEFF.
 */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]+`, "u");
const OUTER_SPACES = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "gu");

/** Every character of Python's string.punctuation. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** `str.strip()`. */
export const strip = (text: string): string => text.replace(OUTER_SPACES, "");

/** `str.split()`: no empty words. */
export const splitWords = (text: string): string[] => text.split(SPACES).filter((word) => word !== "");

/** Drops every character of `string.punctuation`. */
export const dropPunctuation = (text: string): string => text.replace(PUNCTUATION, "");
