import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { orUndefined } from "./process-identity.js";

/** Whether another file system, or a folder of another place, is mounted at `path`: what is mounted cannot be renamed. */
export async function isMountPoint(path: string): Promise<boolean> {
  const place = await orUndefined(realpath(path));
  if (place === undefined) return false;
  const [own, parent] = [await stat(place), await stat(dirname(place))];
  // A folder that is mounted from the same file system has the same device; only the list of mounts tells.
  return own.dev !== parent.dev || resolve(place) === dirname(place) || (await listMounts()).has(place);
}

/** Fields of a line: id, parent, device, root, mount point. Source: proc(5), /proc/PID/mountinfo. */
async function listMounts(): Promise<ReadonlySet<string>> {
  const text = (await orUndefined(readFile("/proc/self/mountinfo", "utf8"))) ?? "";
  const places = text.split("\n").flatMap((line) => line.split(" ")[4] ?? []);
  return new Set(places.map((place) => place.replace(/\\([0-7]{3})/g, (_, code: string) => fromOctal(code))));
}

const fromOctal = (code: string): string => String.fromCharCode(parseInt(code, 8));
