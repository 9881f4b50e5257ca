import { InputError } from "../errors.js";
import { readTextFile } from "../files/json-file.js";
import { isOrderedObject, parseOrderedJson, type OrderedJson, type OrderedObject } from "../files/ordered-json.js";
import { showValue } from "../show-value.js";
import { MAX_TOKEN_LENGTH, MAX_VOCABULARY_SIZE } from "./tokenizer-json.js";

/** The tokens of an adapter's rows in row order, which is the order of the file. */
export interface TokenList {
  readonly path: string;
  readonly tokens: readonly string[];
  /** Source ids in row order, when the file holds ids. */
  readonly ids?: readonly number[];
  /** Occurrences in row order, when the file holds counts. */
  readonly counts?: readonly number[];
}

/**
 * Reads a vocabulary file: an object of token to id, an object of token to count (the most frequent first), a list of
 * {token: [id, rank]}, a list of {token: "..."} as vocabulary.json has, or a plain list of tokens.
 *
 * @throws InputError for other shapes, for a token that stands twice and for ranks that are not in order
 */
export async function readTokenList(path: string): Promise<TokenList> {
  return parseTokenList(await readTextFile(path), path);
}

/** Parses a vocabulary file; `path` names it in errors and in the result. */
export function parseTokenList(text: string, path: string): TokenList {
  const json = parseOrderedJson(text, path);
  if (isOrderedObject(json)) return fromObject(json, path);
  if (!Array.isArray(json)) throw wrongShape(path);
  if (json.length === 0) throw new InputError(`${path}: holds no tokens`);
  const rows = json.map((row, index) => parseRow(row, `${path}: row ${index}`));
  checkOnce(rows, path);
  const ids = rows.map(({ id }) => id);
  return {
    path,
    tokens: rows.map(({ token }) => token),
    ...(ids.every((id) => id !== undefined) && { ids }),
  };
}

/**
 * The first rows of a list.
 *
 * @throws InputError when it has fewer
 */
export function firstTokens(list: TokenList, count: number): TokenList {
  if (count > list.tokens.length) {
    throw new InputError(`${list.path}: has ${list.tokens.length} tokens, ${count} are needed`);
  }
  return {
    path: list.path,
    tokens: list.tokens.slice(0, count),
    ...(list.ids && { ids: list.ids.slice(0, count) }),
    ...(list.counts && { counts: list.counts.slice(0, count) }),
  };
}

function fromObject(object: OrderedObject, path: string): TokenList {
  const tokens = [...object.keys()];
  const values = [...object.values()].map((value, index) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw new InputError(
      `${path}: token ${JSON.stringify(tokens[index])} has ${showValue(value)}, expected its id or its count`,
    );
  });
  if (tokens.length === 0) throw new InputError(`${path}: holds no tokens`);
  tokens.forEach((token, index) => checkLength(token, `${path}: row ${index}`));
  return looksLikeCounts(values) ? { path, tokens, counts: values } : { path, tokens, ids: values };
}

/** Whether the numbers are counts. Ids are distinct and small; counts never rise, and repeat or leave the range of ids. */
function looksLikeCounts(values: readonly number[]): boolean {
  if (new Set(values).size < values.length || values.some((value) => value >= MAX_VOCABULARY_SIZE)) return true;
  return values.length > 2 && values.every((value, index) => index === 0 || value < values[index - 1]!);
}

interface Row {
  readonly token: string;
  readonly id?: number;
}

function parseRow(row: OrderedJson, place: string): Row {
  if (typeof row === "string") return checkLength(row, place);
  if (!isOrderedObject(row)) throw wrongShape(place);
  const named = row.get("token");
  if (typeof named === "string") return checkLength(named, place);
  const [entry, ...others] = row;
  if (entry === undefined || others.length > 0) throw wrongShape(place);
  return { ...checkLength(entry[0], place), id: parseRanked(entry[1], place) };
}

/** [id, rank]; the rank must be the place in the list, otherwise the order of rows is in doubt. */
function parseRanked(value: OrderedJson, place: string): number {
  if (!Array.isArray(value) || value.length !== 2 || !value.every((part) => Number.isSafeInteger(part))) {
    throw wrongShape(place);
  }
  const [id, rank] = value as [number, number];
  if (!place.endsWith(` ${rank}`)) throw new InputError(`${place}: says its rank is ${rank}; which order is right?`);
  if (id < 0) throw new InputError(`${place}: has the id ${id}`);
  return id;
}

function checkLength(token: string, place: string): Row {
  if (token.length <= MAX_TOKEN_LENGTH) return { token };
  throw new InputError(`${place}: the token is ${token.length} long, at most ${MAX_TOKEN_LENGTH} is read`);
}

function checkOnce(rows: readonly Row[], path: string): void {
  const seen = new Map<string, number>();
  rows.forEach(({ token }, index) => {
    const before = seen.get(token);
    if (before !== undefined) {
      throw new InputError(`${path}: token ${JSON.stringify(token)} stands in row ${before} and in row ${index}`);
    }
    seen.set(token, index);
  });
}

const wrongShape = (place: string): InputError =>
  new InputError(
    `${place}: is no vocabulary; expected {"token": id, ...}, {"token": count, ...}, [{"token": [id, rank]}, ...] or ["token", ...]`,
  );
