import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** A row of the table: the number, the name of its constant and the file that has it. */
const ROW = /^\|[^|]+\| +(?<most>[\d,]+) \|[^|]+\| `(?<name>[A-Z_]+)` in `(?<file>[^`]+)` +\|$/gm;
const rows = [...read("docs/limits.md").matchAll(ROW)].map(({ groups }) => groups as Record<string, string>);

/** What `const NAME = …;` says: a product or power of numbers, or the first of several names. */
function valueOf(name: string, file: string): number {
  const found = new RegExp(`^(?:export )?const (?:${name}|\\[${name}, .*\\]) = \\[?(?<value>[\\d_ *]+)`, "m").exec(
    read(file),
  );
  const factors = (found?.groups?.["value"] ?? "").replaceAll("_", "").split(/(?<!\*)\*(?!\*)/);
  return factors.reduce((product, factor) => {
    const [base, exponent = "1"] = factor.split("**");
    return product * Number(base) ** Number(exponent);
  }, 1);
}

test("the table of limits has every row read", () => {
  const lines = read("docs/limits.md")
    .split("\n")
    .filter((line) => line.startsWith("|"));
  expect(rows).toHaveLength(lines.length - 2);
});

test.each(rows.map(({ name, file, most }) => [name!, file!, most!]))(
  "%s in %s is what docs/limits.md says: %s",
  (name, file, most) => {
    expect(valueOf(name, file)).toBe(Number(most.replaceAll(",", "")));
  },
);
