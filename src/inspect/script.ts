import { textOfByteString, type ByteString } from "../vocabulary/byte-string.js";

/** Groups of scripts. A token belongs to the first group that has its first letter. */
const SCRIPTS: readonly { readonly name: string; readonly letters: RegExp }[] = [
  { name: "Latin", letters: /\p{Script=Latin}/u },
  { name: "Han", letters: /\p{Script=Han}/u },
  { name: "Kana", letters: /[\p{Script=Hiragana}\p{Script=Katakana}]/u },
  { name: "Hangul", letters: /\p{Script=Hangul}/u },
  { name: "Cyrillic", letters: /\p{Script=Cyrillic}/u },
  { name: "Greek", letters: /\p{Script=Greek}/u },
  { name: "Arabic", letters: /\p{Script=Arabic}/u },
  { name: "Hebrew", letters: /\p{Script=Hebrew}/u },
  {
    name: "Indic",
    letters:
      /[\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]/u,
  },
  {
    name: "Southeast Asian",
    letters: /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u,
  },
];

const OTHER = "other letters";
const NO_TEXT = "part of a character";

/** Every answer of `scriptOf`, in the order of tables. */
export const SCRIPT_NAMES: readonly string[] = [
  ...SCRIPTS.map(({ name }) => name),
  OTHER,
  "digits",
  "code",
  "symbols",
  "emoji",
  "white space",
  NO_TEXT,
];

/** Printable ASCII characters other than letters and digits: code and markup are made of these. */
const ASCII_MARK = /[!-/:-@[-`{-~]/;

/**
 * The script of a token: that of its first letter. A token without letters is digits, emoji, ASCII marks (code), other
 * symbols or white space. Words with ASCII marks other than ' and - in them (".append", "</div") are code.
 */
export function scriptOf(bytes: ByteString): string {
  const text = textOfByteString(bytes);
  if (text === undefined) return NO_TEXT;
  const letter = /[\p{L}\p{M}]/u.exec(text)?.[0];
  if (letter !== undefined) {
    if (letter <= "z" && ASCII_MARK.test(text.replace(/['-]/g, ""))) return "code";
    return SCRIPTS.find(({ letters }) => letters.test(letter))?.name ?? OTHER;
  }
  if (/\p{N}/u.test(text)) return "digits";
  if (/\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(text)) return "emoji";
  if (ASCII_MARK.test(text)) return "code";
  return /^\s*$/u.test(text) ? "white space" : "symbols";
}
