import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The JSON file whose path has these parts. */
export const readJson = (...path: readonly string[]): unknown => JSON.parse(readFileSync(join(...path), "utf8"));
