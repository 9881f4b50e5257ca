import type { AddedToken } from "../vocabulary/tokenizer-json.js";
import { splitPart, type TextPart } from "./text-part.js";
import { buildTrie, type Trie } from "../vocabulary/trie.js";
import { WHITE_SPACE_AT_END, WHITE_SPACE_IN_FRONT, WORD } from "./unicode.js";

/** A part of a text, or an added token that was found in it. */
export type FoundPart = TextPart | { readonly id: number };

/** An added token and how it is spelled in the text that is searched. */
export interface Spelling {
  readonly text: string;
  readonly token: AddedToken;
}

/** Splits a text at the added tokens in it: of those at one place the longest counts, from left to right. */
export function tokenFinder(spellings: readonly Spelling[]): (part: TextPart) => FoundPart[] {
  if (spellings.length === 0) return (part) => (part.text === "" ? [] : [part]);
  const trie = buildTrie(spellings.map(({ text }, index) => [text, index]));
  const empty = spellings.findIndex(({ text }) => text === "");
  return (part) => {
    const sections: FoundPart[] = [];
    let covered = 0;
    const takeText = (end: number): void => {
      sections.push(...splitPart(part, [{ start: covered, end: Math.max(covered, end), matched: false }], "Isolated"));
    };
    for (const { start, end, index } of findAll(part.text, trie, empty)) {
      const { token } = spellings[index]!;
      if (token.single_word && touchesWord(part.text, start, end)) continue;
      const from = token.lstrip ? spaceBefore(part.text, start, covered) : start;
      const to = token.rstrip ? end + (WHITE_SPACE_IN_FRONT.exec(part.text.slice(end))?.[0].length ?? 0) : end;
      takeText(from);
      if (from < to) sections.push({ id: token.id }); // else the token before took all of it
      covered = to;
    }
    takeText(part.text.length);
    return sections;
  };
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly index: number;
}

/** @param empty index of a token of which normalization leaves nothing, which is found before each character and at the end; else -1 */
function* findAll(text: string, trie: Trie, empty: number): Generator<Found> {
  for (let start = 0; start < text.length;) {
    let found: Found | undefined;
    trie.prefixes(text, start, (end, index) => (found = { start, end, index }));
    if (found !== undefined) yield found;
    else if (empty >= 0) yield { start, end: start, index: empty };
    start = found?.end ?? start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
  }
  if (empty >= 0) yield { start: text.length, end: text.length, index: empty };
}

const WORD_AT_END = new RegExp(`${WORD}$`, "v");
const WORD_IN_FRONT = new RegExp(`^${WORD}`, "v");

const touchesWord = (text: string, start: number, end: number): boolean =>
  WORD_AT_END.test(text.slice(Math.max(0, start - 2), start)) || WORD_IN_FRONT.test(text.slice(end, end + 2));

/** Where the white space before `start` begins, not before what is covered. */
function spaceBefore(text: string, start: number, covered: number): number {
  const before = text.slice(covered, Math.max(covered, start));
  return Math.max(covered, start) - (WHITE_SPACE_AT_END.exec(before)?.[0].length ?? 0);
}
