/**
 * An object of strings as Python's `json.dump(value, file, indent=2)` writes it: keys in the given order, everything
 * outside ASCII escaped, no line end after the last brace.
 */
export function pythonJson(entries: readonly (readonly [string, string])[]): string {
  if (entries.length === 0) return "{}";
  return `{\n${entries.map(([key, value]) => `  ${asciiString(key)}: ${asciiString(value)}`).join(",\n")}\n}`;
}

/** JSON.stringify leaves alone what Python escapes beyond the visible ASCII characters. */
const asciiString = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
