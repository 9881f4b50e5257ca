import { getItem } from "./attributes.js";
import { intOf } from "./number-values.js";
import { Markup, Undefined, type PythonValue } from "./values.js";

/** The parts of an attribute such as "a.0.b"; none of no attribute. */
export function attributePath(attribute: PythonValue | undefined): readonly PythonValue[] {
  if (attribute === undefined || attribute === null) return [];
  if (typeof attribute !== "string") return [attribute];
  return attribute.split(".").map((part) => (/^\d+$/.test(part) ? BigInt(part) : part));
}

/** Follows a path of attributes; `other` stands in for what is not there. */
export const pathGetter =
  (path: readonly PythonValue[], other?: PythonValue) =>
  (item: PythonValue): PythonValue =>
    path.reduce((object, part) => {
      const found = getItem(object, part);
      return found instanceof Undefined && other !== undefined ? other : found;
    }, item);

/** Texts in small letters, for comparisons that ignore case. */
export function ignoreCase(value: PythonValue): PythonValue {
  if (value instanceof Markup) return value.text.toLowerCase();
  return typeof value === "string" ? value.toLowerCase() : value;
}

/** The key that `sort` sorts by: the values of attributes that stand between commas. */
export function sortKey(
  attribute: PythonValue | undefined,
  caseSensitive: boolean,
): (item: PythonValue) => PythonValue {
  const isPlace = attribute !== undefined && attribute !== null && intOf(attribute) !== undefined;
  const paths =
    typeof attribute === "string" && !isPlace ? attribute.split(",").map(attributePath) : [attributePath(attribute)];
  const getters = paths.map((path) => pathGetter(path));
  return (item) => getters.map((get) => (caseSensitive ? get(item) : ignoreCase(get(item))));
}
