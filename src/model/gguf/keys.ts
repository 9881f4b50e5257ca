import type { Metadata, NumberList } from "../../checkpoint/gguf/metadata.js";
import { InputError } from "../../errors.js";

/** The keys of a GGUF file, asked for by type; `path` names the file in errors. */
export interface GgufKeys {
  readonly path: string;
  readonly metadata: Metadata;
}

/**
 * The number of a key; undefined where the key is absent.
 *
 * @throws InputError when the key is there with another type
 */
export function optionalNumber({ metadata, path }: GgufKeys, key: string): number | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === "number") return value;
  throw wrongType(path, key, "a number");
}

/**
 * The number of a key.
 *
 * @throws InputError when the key is absent or has another type
 */
export const requireNumber = (keys: GgufKeys, key: string): number => required(keys, key, optionalNumber(keys, key));

export function optionalText({ metadata, path }: GgufKeys, key: string): string | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === "string") return value;
  throw wrongType(path, key, "a text");
}

export const requireText = (keys: GgufKeys, key: string): string => required(keys, key, optionalText(keys, key));

export function optionalFlag({ metadata, path }: GgufKeys, key: string): boolean | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === "boolean") return value;
  throw wrongType(path, key, "true or false");
}

function optionalTexts({ metadata, path }: GgufKeys, key: string): readonly string[] | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  if (typeof value === "function") return value();
  throw wrongType(path, key, "a list of texts");
}

export const requireTexts = (keys: GgufKeys, key: string): readonly string[] =>
  required(keys, key, optionalTexts(keys, key));

export function optionalNumbers({ metadata, path }: GgufKeys, key: string): NumberList | undefined {
  const value = metadata.get(key);
  if (value === undefined || (typeof value === "object" && "length" in value)) return value;
  throw wrongType(path, key, "a list of numbers");
}

function required<T>({ path }: GgufKeys, key: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new InputError(`${path}: has no key ${JSON.stringify(key)}, which this kind of model needs`);
}

const wrongType = (path: string, key: string, expected: string): InputError =>
  new InputError(`${path}: ${JSON.stringify(key)} is not ${expected}; the file is damaged`);
