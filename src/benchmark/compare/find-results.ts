import { basename, dirname, join } from "node:path";
import { InputError } from "../../errors.js";
import { exists, isFile, listFolder } from "../../files/look.js";
import { readResults, type Results } from "../scoring/results.js";
import { RESULTS_FILE } from "./own-results.js";
import type { System } from "./results-table.js";

/**
 * The results that a path names: a results.json, the folder of a run, or a folder that holds folders of runs, as several benchmarks leave it.
 *
 * @throws InputError for a path without results
 */
export async function findResults(path: string): Promise<readonly string[]> {
  if (await isFile(path)) return [path];
  if (!(await exists(path))) throw new InputError(`${path}: no such file or folder`);
  const own = join(path, RESULTS_FILE);
  if (await exists(own)) return [own];
  const below: string[] = [];
  for (const name of (await listFolder(path)).sort()) {
    const file = join(path, name, RESULTS_FILE);
    if (await exists(file)) below.push(file);
  }
  if (below.length > 0) return below;
  throw new InputError(
    `${path}: holds no ${RESULTS_FILE}, nor does a folder in it; give the --output of langbridge eval`,
  );
}

/**
 * The results that a path names, as those of one system. A run alone is called by its benchmark, since the folder may have any name.
 *
 * @throws what `findResults` and `readResults` throw
 */
export async function readSystem(path: string): Promise<System> {
  const files = await findResults(path);
  const results = new Map<string, Results>();
  for (const file of files) {
    const result = await readResults(file);
    results.set(files.length > 1 ? basename(dirname(file)) : result.benchmark, result);
  }
  return { name: path, results };
}
