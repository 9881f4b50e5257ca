import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Makes the files of a folder and the folder itself survive a loss of power. */
export async function syncFolderTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncFolderTree(path);
    else if (entry.isFile()) await syncPath(path);
  }
  await syncFolder(folder);
}

/** Makes the names in a folder survive a loss of power, where the system can open a folder at all. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await syncPath(folder);
  } catch (error) {
    // Windows opens no folders, and some network file systems sync none.
    if (!["EPERM", "EISDIR", "EINVAL", "ENOTSUP", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
