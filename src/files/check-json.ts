import type { z } from "zod";
import { InputError } from "../errors.js";

/**
 * Checks parsed JSON against a schema and returns it typed.
 *
 * @param path names the file in the error
 * @throws InputError: one line with the file, the key and what was expected there
 */
export function checkJson<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const result = parse(schema, value, path);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue!.path.length === 0 ? "the whole file" : `"${issue!.path.map(String).join(".")}"`;
  throw new InputError(`${path}: ${where}: ${issue!.message.replace(/^Invalid input: /, "").replaceAll("\n", " ")}`);
}

/** Schemas that contain themselves recurse as deep as the file does. */
function parse<T>(schema: z.ZodType<T>, value: unknown, path: string): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if ((error as Error).name !== "RangeError") throw error;
    throw new InputError(`${path}: is nested too deeply to be read`, { cause: error });
  }
}

/**
 * Checks options that a caller of the library gave, and returns them typed.
 *
 * @param what names them in the error
 * @throws InputError: one line with the option and what was expected of it
 */
export function checkOptions<T>(schema: z.ZodType<T>, options: unknown, what: string): T {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue!.path.length === 0 ? "" : `"${issue!.path.map(String).join(".")}": `;
  throw new InputError(`${what}: ${field}${issue!.message.replace(/^Invalid input: /, "").replaceAll("\n", " ")}`);
}
