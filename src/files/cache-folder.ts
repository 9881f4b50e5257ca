import { homedir } from "node:os";
import { join } from "node:path";

/** Below the user's folder, where each system keeps what can be made again. */
const PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["Library", "Caches"],
  win32: ["AppData", "Local"],
};

/** The folder for what is worked out once, where none is named: that of the commands, so that both find what the other has made. */
export const defaultCacheFolder = (): string =>
  join(homedir(), ...(PLACES[process.platform] ?? [".cache"]), "langbridge");
