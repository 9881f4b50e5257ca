// Where benchmarks leave what they measured.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeDocuments } from "../../scripts/docs/render.js";

const MEASURED = join(dirname(fileURLToPath(import.meta.url)), "..", "measured");

/** Writes files by name into bench/measured, and renews the tables of the documents that are made of them. */
export function writeMeasured(files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(MEASURED, name), text);
  writeDocuments();
}
