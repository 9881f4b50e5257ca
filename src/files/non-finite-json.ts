import { endOfString } from "./json-shape.js";

/** Stands for NaN, which no JSON text can spell; no file begins a string with it. */
const NAN_MARK = "\u0000NaN";

/** JSON.parse takes it for Infinity; the space keeps digits that follow apart. */
const BEYOND_FLOAT64 = "1e999 ";

const WORDS: Readonly<Record<string, string>> = { NaN: JSON.stringify(NAN_MARK), Infinity: BEYOND_FLOAT64 };

/** What may stand before a value. */
const BEFORE_VALUE: ReadonlySet<string | undefined> = new Set([undefined, " ", "\t", "\n", "\r", "[", ",", ":"]);

/**
 * Parses JSON with the bare words NaN, Infinity and -Infinity, which Python's json writes and reads.
 *
 * @throws SyntaxError as JSON.parse does; undefined comes back for a text without such a word
 */
export function parseNonFinite(text: string): unknown {
  const pieces: string[] = [];
  let done = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') at = endOfString(text, at);
    if (char !== "N" && char !== "I") continue;
    const word = char === "N" ? "NaN" : "Infinity";
    if (!text.startsWith(word, at) || !startsValue(text, at)) continue;
    pieces.push(text.slice(done, at), WORDS[word]!);
    done = at + word.length;
    at = done - 1;
  }
  if (done === 0) return undefined;
  const spelled = pieces.join("") + text.slice(done);
  return JSON.parse(spelled, (_key, value: unknown) => (value === NAN_MARK ? NaN : value)) as unknown;
}

function startsValue(text: string, at: number): boolean {
  return BEFORE_VALUE.has(text[at - 1]) || (text[at - 1] === "-" && BEFORE_VALUE.has(text[at - 2]));
}
