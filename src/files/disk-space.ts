import { statfs } from "node:fs/promises";
import { UnavailableError } from "../errors.js";
import { describeSystemError } from "./system-error.js";

/** Throws UnavailableError when the file system of `folder` has less than `bytes` free for this user. */
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
