import type { PythonValue } from "./values.js";

/** An int or float of a number or truth value; undefined for other values. */
export function numberOf(value: PythonValue): bigint | number | undefined {
  if (typeof value === "boolean") return BigInt(value);
  return typeof value === "bigint" || typeof value === "number" ? value : undefined;
}

/** An int of an int or truth value. */
export const intOf = (value: PythonValue): bigint | undefined => {
  const number = numberOf(value);
  return typeof number === "bigint" ? number : undefined;
};
