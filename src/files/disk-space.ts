import { statfs } from "node:fs/promises";
import { UnavailableError } from "../errors.js";
import { describeSystemError } from "./system-error.js";

/**
 * Checks that the file system of `folder` has `bytes` free for this user.
 *
 * @throws UnavailableError when it has less
 */
export async function checkDiskSpace(folder: string, bytes: number): Promise<void> {
  let free: number;
  try {
    const { bavail, bsize } = await statfs(folder);
    free = bavail * bsize;
  } catch (error) {
    throw describeSystemError(error, folder, "cannot be looked at");
  }
  if (free >= bytes) return;
  throw new UnavailableError(
    `${folder}: has ${inMegabytes(free)} free, ${inMegabytes(bytes)} are needed; free some space or choose another folder`,
  );
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
