/** Most characters of a value that an error repeats, and how deep and how far along a list it looks for them. */
const [MAX_SHOWN, MAX_DEPTH, MAX_ITEMS] = [80, 3, 10];

/**
 * A value of a parsed file as an error repeats it: JSON, cut short. Its own size does not matter: nothing is written out to be
 * cut off afterwards, and nothing recurses as deep as the file does.
 */
export function showValue(value: unknown): string {
  const text = show(value, MAX_DEPTH);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`;
}

function show(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, MAX_SHOWN));
  if (typeof value !== "object" || value === null) return String(value);
  const isList = Array.isArray(value);
  if (depth === 0) return isList ? "[…]" : "{…}";
  const parts = isList ? value.slice(0, MAX_ITEMS).map((item) => show(item, depth - 1)) : showFields(value, depth - 1);
  const more = isList && value.length > MAX_ITEMS ? ",…" : "";
  return isList ? `[${parts.join(",")}${more}]` : `{${parts.join(",")}}`;
}

/** Of a plain object, or of the Map that stands for one. */
function showFields(value: object, depth: number): string[] {
  const fields: string[] = [];
  const add = (key: unknown, inner: unknown): number =>
    fields.push(`${show(String(key), depth)}:${show(inner, depth)}`);
  if (value instanceof Map) {
    for (const [key, inner] of value) if (add(key, inner) === MAX_ITEMS) break;
  } else {
    for (const key in value) if (add(key, (value as Readonly<Record<string, unknown>>)[key]) === MAX_ITEMS) break;
  }
  return fields;
}
