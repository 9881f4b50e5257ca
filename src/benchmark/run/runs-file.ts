import { dirname, resolve } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { checkJson } from "../../files/check-json.js";
import { readTextFile } from "../../files/json-file.js";
import type { SuiteRun } from "./evaluate-suite.js";

/** What a run may say, and the file for all of its runs. */
const settings = {
  limit: z.int().min(1).optional(),
  seed: z.int().min(0).optional(),
  "metric-variant": z.string().optional(),
};

const runSchema = z.strictObject({
  benchmark: z.string(),
  /** The benchmark's folder; `data` of the file and the benchmark's name below it when left out. */
  data: z.string().optional(),
  images: z.string().optional(),
  /** Name of its folder in --output; the benchmark when left out. */
  name: z
    .string()
    .regex(/^[\w][\w.-]*$/, "expected a name of letters, digits, dots, - and _, for a folder")
    .optional(),
  blind: z.boolean().optional(),
  ...settings,
});

/** A file of runs: a list of them, and what holds for all that do not say otherwise. */
const runsSchema = z.strictObject({
  /** Folder that holds a folder for each benchmark. */
  data: z.string().optional(),
  ...settings,
  runs: z.array(runSchema).min(1),
});

/**
 * Reads a YAML (or JSON) file of runs. Paths in it start from its own folder.
 *
 * @throws InputError naming the file and what is wrong with it
 */
export async function readRuns(path: string): Promise<readonly SuiteRun[]> {
  const document = parseDocument(await readTextFile(path), { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new InputError(`${path}: is not valid YAML: ${error.message.split("\n")[0]!}`);
  const { runs, ...common } = checkJson(runsSchema, toValue(document, path), path);
  const place = (folder: string): string => resolve(dirname(path), folder);
  return runs.map((run, at) => {
    const { benchmark, name, blind = false } = run;
    const { limit = null, seed = null, "metric-variant": variant } = { ...common, ...run };
    const data = run.data ?? (common.data === undefined ? undefined : `${common.data}/${benchmark}`);
    if (data === undefined) throw new InputError(`${path}: "runs.${at}": has no "data", and the file names none`);
    const images = run.images === undefined ? undefined : place(run.images);
    return { benchmark, name, data: place(data), images, variant, selection: { limit, seed }, blind };
  });
}

/** Aliases that multiply without end are an error of the package. */
function toValue(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new InputError(`${path}: is not valid YAML: ${(error as Error).message}`, { cause: error });
  }
}
