import { readdirSync } from "node:fs";
import { RECORD_FILE } from "../../src/files/output-record.js";

/** Names in an output folder, in order, but for the hidden record of them. */
export const outputNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name !== RECORD_FILE)
    .sort();
