// Where benchmarks leave what they measured.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const BENCH = join(dirname(fileURLToPath(import.meta.url)), "..");
export const MEASURED = join(BENCH, "measured");
const README = join(BENCH, "..", "README.md");

/** Puts a table between the marks of README that have this name. */
export function writeReadmeTable(name, table) {
  const text = readFileSync(README, "utf8");
  const marked = new RegExp(`(?<=<!-- ${name} -->\\n).*(?=<!-- /${name} -->)`, "s");
  writeFileSync(
    README,
    text.replace(marked, () => `\n${table}\n\n`),
  );
}
