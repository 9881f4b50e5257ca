import { join } from "node:path";
import type { z } from "zod";
import { InputError } from "../../errors.js";
import { sha256 } from "../../files/hash.js";
import { checkJson } from "../../files/check-json.js";
import { parseJson, readTextFile } from "../../files/json-file.js";
import { exists, listFolder } from "../../files/look.js";
import { ownRecord } from "../../files/own-record.js";
import { forEachJsonLine } from "../../files/lines.js";
import type { DataFile } from "./benchmark.js";

/** A data file that a benchmark needs. */
export interface WantedFile {
  /** Paths below the data folder, the official one first; a "*" stands for any part of a file name. */
  readonly names: readonly string[];
  /** What it holds and where it comes from, for the error when it is absent. */
  readonly origin: string;
}

/**
 * Finds a data file; returns its path below `folder`.
 *
 * @throws InputError saying what is missing and where to get it
 */
export async function findDataFile(folder: string, wanted: WantedFile): Promise<string> {
  for (const name of wanted.names) {
    const found = name.includes("*") ? await findByPattern(folder, name) : [name];
    if (found.length > 1) {
      throw new InputError(`${folder}: ${found.join(" and ")} both fit ${name}; keep one of them in this folder`);
    }
    if (found[0] !== undefined && (await exists(join(folder, found[0])))) return found[0];
  }
  throw new InputError(
    (await exists(folder))
      ? `${folder}: has no ${wanted.names.join(" or ")}: ${wanted.origin}`
      : `${folder}: no such folder; --data is the benchmark's folder, which holds ${wanted.names[0]}`,
  );
}

async function findByPattern(folder: string, pattern: string): Promise<string[]> {
  const parts = pattern.split("*");
  const names = (await exists(folder)) ? await listFolder(folder) : [];
  return names.filter(
    (name) =>
      name.startsWith(parts[0]!) &&
      name.endsWith(parts.at(-1)!) &&
      name.length >= parts[0]!.length + parts.at(-1)!.length,
  );
}

/** Reads a JSON Lines data file, each row checked against `schema`. */
export async function readJsonLines<Row>(
  folder: string,
  name: string,
  schema: z.ZodType<Row>,
): Promise<{ rows: Row[]; file: DataFile }> {
  const path = join(folder, name);
  const rows: Row[] = [];
  const digest = await forEachJsonLine(path, (value, line) => {
    rows.push(checkJson(schema, value, `${path}: line ${line}`));
  });
  if (rows.length === 0) throw new InputError(`${path}: holds no rows; the file is truncated or not the right one`);
  return { rows, file: { name, sha256: digest.sha256, bytes: digest.bytes, rows: digest.lines } };
}

/** Reads a JSON data file whole; `countRows` says how many rows it holds. */
export async function readJsonData<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  countRows: (value: T) => number,
): Promise<{ value: T; file: DataFile }> {
  const path = join(folder, name);
  const text = await readTextFile(path);
  const value = checkJson(schema, parseJson(text, path), path);
  return { value, file: { name, sha256: sha256(text), bytes: Buffer.byteLength(text), rows: countRows(value) } };
}

/** The same for a JSON object whose keys are ids. A key may be any text, `constructor` and `__proto__` too. */
export async function readJsonMap<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
): Promise<{ value: ReadonlyMap<string, T>; file: DataFile }> {
  const entries = ownRecord(schema).transform((value) => new Map(Object.entries(value)));
  return readJsonData(folder, name, entries, ({ size }) => size);
}
