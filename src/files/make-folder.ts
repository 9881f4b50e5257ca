import { mkdir } from "node:fs/promises";
import { InputError } from "../errors.js";
import { describeSystemError } from "./system-error.js";

/** What mkdir says where a file has the name, or is a part of the path. */
const FILE_IN_THE_WAY: readonly unknown[] = ["EEXIST", "ENOTDIR"];

/**
 * Makes a folder and those above it, where they are not there yet.
 *
 * @throws InputError where a file is in the way
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (FILE_IN_THE_WAY.includes((error as NodeJS.ErrnoException).code))
      throw new InputError(`${path}: is a file or lies below one, expected a folder; choose another`, { cause: error });
    throw describeSystemError(error, path, "cannot be made");
  }
}
