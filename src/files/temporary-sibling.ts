import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";

/** An unused hidden name beside `path`: on the same file system, so that it can be renamed into its place. */
export function temporarySibling(path: string, kind: "partial" | "replaced"): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.${kind}`);
}
