import { closest, distance } from "fastest-levenshtein";

/** "; did you mean --output?" where a known word is near what was typed, else nothing. */
export function didYouMean(typed: string, known: readonly string[], prefix = ""): string {
  if (known.length === 0) return "";
  const nearest = closest(typed, known);
  // A third of the letters may be wrong: more makes any word near any other.
  return distance(typed, nearest) <= Math.max(1, Math.floor(typed.length / 3))
    ? `; did you mean ${prefix}${nearest}?`
    : "";
}
