import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ExportedFile } from "./format.js";

/** The files below a folder, by name. */
export async function listFiles(folder: string): Promise<ExportedFile[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sized = files.map(async (path) => {
    const name = path.slice(folder.length + 1).replaceAll("\\", "/");
    return { name, bytes: (await stat(path)).size };
  });
  return (await Promise.all(sized)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
