import { z } from "zod";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";

/** The model of a tokenizer: turns a piece of text into ids. */
export interface PieceModel {
  /** Ids of a piece, which is never empty. */
  readonly tokenize: (piece: string) => readonly number[];
}

/** Where a component stands: the file, and the key in it. */
export interface ComponentPlace {
  readonly path: string;
  readonly key: string;
}

/** Makes a component of its JSON. */
export type Build<T> = (config: unknown, place: ComponentPlace) => T;

/** A kind of component: checks its fields, and makes what they describe. */
export function component<Fields, T>(fields: z.ZodType<Fields>, make: (fields: Fields) => T): Build<T> {
  return (config, { path, key }) => make(checkJson(fields, config, `${path}: "${key}"`));
}

/** Sequences in sequences; real files have one level. */
const MAX_DEPTH = 16;

/** A Sequence: the components of its list `field`, joined by `chain`. */
export function sequence<T>(field: string, build: Build<T>, chain: (parts: readonly T[]) => T): Build<T> {
  const fields = z.looseObject({ [field]: z.array(z.unknown()) });
  return (config, { path, key }) => {
    const list = checkJson(fields, config, `${path}: "${key}"`)[field] as readonly unknown[];
    if (key.split(".").length > 2 * MAX_DEPTH) {
      throw new InputError(`${path}: "${key}": sequences are nested more than ${MAX_DEPTH} deep`);
    }
    return chain(list.map((part, index) => build(part, { path, key: `${key}.${field}.${index}` })));
  };
}

const typed = z.looseObject({ type: z.string() });

/**
 * Makes a component of any of the types of a table.
 *
 * @throws InputError that names a type which is not there
 */
export function anyOf<T>(types: Readonly<Record<string, Build<T>>>): Build<T> {
  return (config, place) => {
    const { type } = checkJson(typed, config, `${place.path}: "${place.key}"`);
    if (Object.hasOwn(types, type)) return types[type]!(config, place);
    throw new InputError(
      `${place.path}: "${place.key}": a component of type "${type}" cannot be used; expected one of ${Object.keys(types).join(", ")}`,
    );
  };
}
