import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export interface ListedFile {
  /** Relative to the folder, with "/". */
  readonly name: string;
  readonly bytes: number;
}

/** The files below a folder, by name. */
export async function listFiles(folder: string): Promise<ListedFile[]> {
  const names = await readdir(folder, { recursive: true });
  const entries = names.map(async (name) => ({
    name: name.replaceAll("\\", "/"),
    entry: await stat(join(folder, name)),
  }));
  return (await Promise.all(entries))
    .filter(({ entry }) => entry.isFile())
    .map(({ name, entry }) => ({ name, bytes: entry.size }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
