import { mkdtemp, rm } from "node:fs/promises";
import { describeSystemError } from "./system-error.js";

/**
 * A new folder beside `path` for as long as `use` takes; it is deleted with all that is in it.
 *
 * @throws UnavailableError when it cannot be made
 */
export async function withScratchFolder<T>(path: string, use: (folder: string) => Promise<T>): Promise<T> {
  let folder: string;
  try {
    folder = await mkdtemp(`${path}.`);
  } catch (error) {
    throw describeSystemError(error, path, "cannot have a folder beside it");
  }
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
