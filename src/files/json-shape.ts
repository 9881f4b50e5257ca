import { InputError } from "../errors.js";

/**
 * Deepest nesting of a JSON file. Schemas and JSON.stringify recurse with it, and Node's stack holds some 5,000 levels; the
 * deepest real files (annotations of benchmarks, tokenizers) have 10.
 */
export const MAX_JSON_DEPTH = 500;

/**
 * Most objects and lists of a JSON file: each takes up to 200 bytes of memory, whatever it holds. The largest real ones have
 * some 600,000: a merge of Gemma 3's tokenizer is a list.
 */
export const MAX_JSON_CONTAINERS = 4_000_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Most values of a JSON file, keys aside: in memory each takes 8 bytes and what it is. Gemma 3's tokenizer has some 2 million. */
export const MAX_JSON_VALUES = 32_000_000;

/**
 * One pass, no memory.
 *
 * @throws InputError for text that would be too deep or too large once it is parsed; `path` names the file
 */
export function checkJsonShape(text: string, path: string): void {
  let depth = 0;
  let deepest = 0;
  let containers = 0;
  let commas = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      containers++;
      if (++depth > deepest) deepest = depth;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    else if (code === COMMA) commas++;
  }
  requireAtMost(deepest, MAX_JSON_DEPTH, "levels inside one another", path);
  requireAtMost(containers, MAX_JSON_CONTAINERS, "objects and lists", path);
  requireAtMost(commas + containers, MAX_JSON_VALUES, "values", path);
}

/** Index of the closing quote, or of the end of a text without one, which is no JSON. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

function requireAtMost(found: number, most: number, what: string, path: string): void {
  if (found <= most) return;
  throw new InputError(`${path}: holds JSON of ${found} ${what}, at most ${most} are read; is this the right file?`);
}
