import { InputError } from "../errors.js";
import { contentHint, START_BYTES } from "./foreign-content.js";
import { checkJsonShape } from "./json-shape.js";
import { parseNonFinite } from "./non-finite-json.js";
import { readWholeFile } from "./read-whole.js";

/**
 * Largest JSON file read whole, in bytes: it is parsed in one go, some second for that many. The largest real ones are tokenizer
 * files (Gemma 3: 33 MB) and shard indexes (DeepSeek-V3: 9 MB); benchmark question files stay under 60 MB.
 */
const MAX_JSON_BYTES = 128 * 2 ** 20;

/**
 * Reads a text file whole.
 *
 * @throws InputError when it is absent, unreadable, too large or not UTF-8
 */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readWholeFile(path, { most: MAX_JSON_BYTES, as: "text" });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`${path}: is not UTF-8 text${contentHint(bytes)}`, { cause: error });
  }
}

/** Parses JSON text of bounded depth and size, Python's NaN and Infinity included; `path` only names it in the error. */
export function parseJson(text: string, path: string): unknown {
  checkJsonShape(text, path);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const value = orElseUndefined(() => parseNonFinite(text));
    if (value !== undefined) return value;
    // The first error has the places of the file as it is.
    const hint = contentHint(Buffer.from(text.slice(0, START_BYTES), "latin1"));
    throw new InputError(`${path}: is not valid JSON: ${(error as Error).message}${hint}`, { cause: error });
  }
}

function orElseUndefined(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

/** Reads and parses a JSON file. */
export async function readJsonFile(path: string): Promise<unknown> {
  return parseJson(await readTextFile(path), path);
}

/** The text of a JSON file for people to read. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
