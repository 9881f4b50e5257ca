import { z } from "zod";

/**
 * An object whose keys are any text of a file, each value checked by `schema`. z.record leaves the key `__proto__` out; whoever asks for
 * a key that may be missing uses Object.hasOwn, for `constructor` is on every object.
 */
export function ownRecord<T>(schema: z.ZodType<T>) {
  const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
  return z
    .custom<Readonly<Record<string, unknown>>>(isObject, "expected object")
    .transform((object, context): Readonly<Record<string, T>> => {
      const entries = Object.entries(object).map(([key, value]) => {
        const parsed = schema.safeParse(value);
        for (const { message, path } of parsed.error?.issues ?? []) {
          context.addIssue({ code: "custom", message, path: [key, ...path] });
        }
        return [key, parsed.data as T] as const;
      });
      return Object.fromEntries(entries);
    });
}
