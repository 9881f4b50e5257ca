import { writeFile as write } from "node:fs/promises";
import { describeSystemError } from "./system-error.js";

/** Writes a file into a folder that is not in its place yet; so the write need not be atomic. */
export async function writeFile(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await write(path, content);
  } catch (error) {
    throw describeSystemError(error, path, "cannot be written");
  }
}
