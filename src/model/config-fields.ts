import { z } from "zod";
import { InputError } from "../errors.js";
import { showValue } from "../show-value.js";

/**
 * Reads the fields of `schema` from a parsed config.json; unknown fields are left alone.
 *
 * @throws InputError with the field's name, its value and what is supported; `where` names the folder
 */
export function readConfig<T>(schema: z.ZodType<T>, config: unknown, where: string): T {
  const parsed = schema.safeParse(config, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join(".") || "the file";
  const value = issue.input === undefined ? "missing" : showValue(issue.input);
  throw new InputError(`${where}/config.json: ${field} is ${value}; ${issue.message}`);
}

/** A field that changes the arithmetic in a way that is not built: absent and null pass, and so do the `harmless` values. */
export function unsupported(...harmless: readonly (string | number | boolean)[]): z.ZodType<unknown> {
  const supported =
    harmless.length === 0 ? "it must be absent" : `supported: ${harmless.map((v) => JSON.stringify(v)).join(", ")}`;
  const passes = (value: unknown): boolean =>
    value === undefined || value === null || harmless.some((item) => item === value);
  return z
    .unknown()
    .optional()
    .refine(passes, { error: `this model cannot be run here, ${supported}` });
}

/**
 * Largest width, count or length that config.json may claim, before any weight is there to compare it with. The largest real one is a
 * context of 10,485,760 tokens (Llama 4 Scout).
 */
export const MAX_SIZE = 2 ** 24;

/** Most layers; the largest real LLM has 126 (Llama 3.1 405B). Lists are made of that length before any weight is compared. */
export const MAX_LAYERS = 4096;

const upTo = (most: number): z.ZodType<number> =>
  z
    .int()
    .positive()
    .max(most, { error: `expected at most ${most}; is the file damaged?` });

/** A positive whole number. */
export const size = upTo(MAX_SIZE);

/** A number of layers. */
export const layerCount = upTo(MAX_LAYERS);

/** A field that may be absent or null, with what either means. */
export function orElse<T>(type: z.ZodType<T>, fallback: T): z.ZodType<T> {
  return type.nullish().transform((value) => value ?? fallback);
}

/**
 * Requires that field `divisor` divides field `whole`.
 *
 * @throws InputError naming both with their values
 */
export function requireDivisor<Divisor extends string, Whole extends string>(
  config: Readonly<Record<Divisor | Whole, number>>,
  divisor: Divisor,
  whole: Whole,
  where: string,
): void {
  if (config[whole] % config[divisor] === 0) return;
  throw new InputError(
    `${where}/config.json: ${divisor} is ${config[divisor]}, expected a divisor of ${whole} ${config[whole]}`,
  );
}
