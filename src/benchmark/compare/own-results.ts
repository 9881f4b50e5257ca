import { join } from "node:path";
import { InputError } from "../../errors.js";
import { readJsonFile } from "../../files/json-file.js";
import { exists } from "../../files/look.js";

export const RESULTS_FILE = "results.json";

/**
 * Checks that results can be written into `folder`.
 *
 * @throws InputError when it holds a results.json of something else, which ours would replace
 */
export async function requireOwnResults(folder: string): Promise<void> {
  const path = join(folder, RESULTS_FILE);
  if ((await exists(path)) && !(await isOfFormat(path, "langbridge-results"))) throw foreign(path);
}

/**
 * The same for results and for `answers`, a file that does not say who wrote it. It is ours beside results of ours, and where
 * `isOurs` says so.
 */
export async function requireOwnAnswers(
  folder: string,
  { answers, isOurs }: { readonly answers: string; readonly isOurs: () => Promise<boolean> },
): Promise<void> {
  await requireOwnResults(folder);
  if (!(await exists(answers)) || (await exists(join(folder, RESULTS_FILE))) || (await isOurs())) return;
  throw foreign(answers);
}

/** Whether a file names this format; false for a file that cannot be read, since nobody knows then who wrote it. */
export async function isOfFormat(path: string, format: "langbridge-results" | "langbridge-run"): Promise<boolean> {
  if (!(await exists(path))) return false;
  const value = await readJsonFile(path).catch(() => undefined);
  return (value as { readonly format?: unknown } | null | undefined)?.format === format;
}

const foreign = (path: string): InputError =>
  new InputError(
    `${path}: is there already, and langbridge did not write it; move it away, or choose another --output`,
  );
