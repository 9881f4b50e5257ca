import { z } from "zod";
import { translate } from "./oniguruma.js";
import type { Span } from "./text-part.js";
import { asInUnicode16 } from "./unicode.js";

/** Finds its matches in a text. */
export type Pattern = (text: string) => readonly Span[];

/** A pattern of tokenizer.json: a text to find, or a regular expression in Oniguruma's syntax. */
export const patternSchema = z
  .looseObject({ String: z.string().optional(), Regex: z.string().optional() })
  .transform(({ String: text, Regex: source }, context): Pattern => {
    if (text !== undefined) return textPattern(text);
    if (source === undefined) {
      context.addIssue('expected "String" or "Regex"');
      return z.NEVER;
    }
    try {
      return regexPattern(source);
    } catch (error) {
      const why = String((error as Error).message).split("\n", 1)[0];
      context.addIssue(`the regular expression ${JSON.stringify(source)} cannot be used: ${why}`);
      return z.NEVER;
    }
  });

/** Every character of a class. */
export const characterPattern =
  (characters: RegExp): Pattern =>
  (text) =>
    spansOf(text, characters);

const textPattern =
  (wanted: string): Pattern =>
  (text) =>
    spansOf(text, new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "gu"));

/**
 * A regular expression in Oniguruma's syntax, matched as the crate matches it.
 *
 * @throws Error when JavaScript has no exact equivalent
 */
export function regexPattern(source: string): Pattern {
  const expression = translate(source);
  return (text) => spansOf(text, expression, asInUnicode16(text));
}

/**
 * The matches of an expression, from left to right. As in the crate, an empty match right behind another match does not
 * count.
 *
 * @param searched a text of the same length that is searched in place of `text`
 */
function spansOf(text: string, expression: RegExp, searched = text): Span[] {
  const spans: Span[] = [];
  if (text === "") return spans;
  let covered = 0;
  let matchedUpTo = -1;
  for (let at = 0; at <= text.length;) {
    expression.lastIndex = at;
    const match = expression.exec(searched);
    if (match === null) break;
    const start = match.index;
    const end = start + match[0].length;
    if (isInsidePair(text, start)) {
      at = start + 1;
      continue;
    }
    if (start === end && end === matchedUpTo) {
      at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      continue;
    }
    if (covered < start) spans.push({ start: covered, end: start, matched: false });
    spans.push({ start, end, matched: true });
    covered = matchedUpTo = at = end;
  }
  if (covered < text.length) spans.push({ start: covered, end: text.length, matched: false });
  return spans;
}

/** An empty match can lie between the two halves of a character. */
const isInsidePair = (text: string, at: number): boolean =>
  /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, at - 1), at + 1));
