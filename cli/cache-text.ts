import type { CacheListing } from "../src/runtime/parts/cache-files.js";
import { formatTable, right, wrap } from "../src/layout/table.js";

/** A cache as a table, with what became of it below. */
export function cacheText({ folder, files, bytes }: CacheListing, what: string): string {
  const total = wrap(`${folder}: ${files.length} files, ${megabytes(bytes)} MB${what}`);
  if (files.length === 0) return total;
  const rows = files.map((file) => [file.recipe, megabytes(file.bytes), file.name]);
  return `${formatTable([{ header: "made by" }, right("MB"), { header: "file" }], rows)}\n\n${total}`;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
