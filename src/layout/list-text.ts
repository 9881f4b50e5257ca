/** Items named in a message. */
const NAMED = 5;

/** One line about a list, or none about an empty one: "7 WHAT a, b, c, d, e, and 2 more". */
export function listed(items: readonly string[], what: string): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length > NAMED ? `, and ${items.length - NAMED} more` : "";
  return [`${items.length} ${what} ${items.slice(0, NAMED).join(", ")}${more}`];
}
