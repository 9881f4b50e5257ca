/** Items named in a message. */
const NAMED = 5;

/** The first items of a list and how many more there are: "a, b, c, d, e and 2 more". */
export function someOf(items: readonly string[], named = NAMED): string {
  const more = items.length > named ? ` and ${items.length - named} more` : "";
  return items.slice(0, named).join(", ") + more;
}

/** One line about a list, or none about an empty one: "7 WHAT a, b, c, d, e and 2 more". */
export const countedLine = (items: readonly string[], what: string): readonly string[] =>
  items.length === 0 ? [] : [`${items.length} ${what} ${someOf(items)}`];
