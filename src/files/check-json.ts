import type { z } from "zod";
import { InputError } from "../errors.js";

/**
 * Checks parsed JSON against a schema and returns it typed.
 *
 * @param path names the file in the error
 * @throws InputError: one line with the file, the key and what was expected there
 */
export function checkJson<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue!.path.length === 0 ? "the whole file" : `"${issue!.path.map(String).join(".")}"`;
  throw new InputError(`${path}: ${where}: ${issue!.message.replace(/^Invalid input: /, "").replaceAll("\n", " ")}`);
}
