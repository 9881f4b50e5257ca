import { InputError, throwIfAborted } from "../../errors.js";
import { z } from "zod";
import { checkOptions } from "../../files/check-json.js";
import { flagOption, optionsOf, textOption, workOptions } from "../../files/option-schemas.js";
import type { Progress } from "../../progress.js";
import { makeFolder } from "../../files/make-folder.js";
import { realPath } from "../../files/look.js";
import { gatherAnswers } from "./answer-places.js";
import type { Dataset } from "../tasks/benchmark.js";
import { findBenchmark } from "../tasks/benchmarks.js";
import { readBaselines, withComparison, writeResults } from "../compare/evaluate.js";
import { finishRun } from "./finish-run.js";
import type { Results } from "../scoring/results.js";
import {
  checkSameRun,
  checkSameSelection,
  hasManifest,
  isSameSelection,
  listWorkFiles,
  readManifest,
  requireOwnRun,
  type RunManifest,
} from "./run-store.js";
import { selectRows } from "../tasks/selection.js";

/** How many questions without an answer an error names. */
const UNANSWERED_NAMED = 5;

const OTHER_OUTPUT = "choose another --output, or the run's own folder";

/** The folders of a run's shards, and the folder for the whole. */
export interface MergeOptions {
  readonly folders: readonly string[];
  readonly output: string;
  /** The data folder, if it is no longer where the shards read it. */
  readonly data?: string | undefined;
  readonly variant?: string | undefined;
  readonly baselines: readonly string[];
  readonly tool: string;
  /** Whether samples.jsonl is written too. */
  readonly logSamples?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

const mergeOptions = optionsOf<MergeOptions>()({
  folders: z.array(textOption),
  output: textOption,
  data: textOption.optional(),
  variant: textOption.optional(),
  baselines: z.array(textOption),
  tool: textOption,
  logSamples: flagOption,
  ...workOptions,
});

/**
 * Puts the answers of shards together by question and scores them as one run.
 *
 * @throws InputError when the folders hold different runs or one of them is given twice, when `output` holds another run,
 *   when the data changed since, and when questions have no answer because a shard is not finished
 * @throws InterruptedError when `signal` fires before all answers are read; nothing is written then
 */
export async function mergeRuns(options: MergeOptions): Promise<Results> {
  checkOptions(mergeOptions, options, "the options of mergeRuns");
  const { folders, output, signal } = options;
  throwIfAborted(signal);
  options.onProgress?.({ stage: `reading the answers of ${folders.length} shards`, done: 0, total: 0 });
  const baselines = await readBaselines(options.baselines);
  const manifest = await readCommonManifest(folders);
  await checkDistinct(folders);
  await checkOutput(output, manifest);
  const benchmark = findBenchmark(manifest.benchmark);
  const dataset = await benchmark.load(options.data ?? manifest.dataFolder);
  const data = Object.fromEntries(dataset.files.map(({ name, sha256 }) => [name, sha256]));
  checkSameRun(folders[0]!, manifest, { ...manifest, data });
  const rows = selectRows(dataset.items, manifest.selection, { wholeGroups: benchmark.wholeGroups ?? false });
  await checkComplete(folders, dataset, rows, signal);
  await makeFolder(output);
  // From here on files are written; they are finished.
  const merged = await finishRun({ ...options, benchmark, dataset, rows, manifest });
  const results = withComparison(merged.results, baselines);
  await writeResults(output, results, merged.upload);
  return results;
}

async function readCommonManifest(folders: readonly string[]): Promise<RunManifest> {
  const [first, ...others] = await Promise.all(folders.map(readManifest));
  if (first === undefined)
    throw new InputError("merge: no folders were given; name the --output folders of the shards");
  others.forEach((other, index) => {
    const folder = folders[index + 1]!;
    checkSameRun(folder, other, first);
    if (!isSameSelection(other, first)) {
      throw new InputError(`${folder}: was run with another --limit or --seed than ${folders[0]}`);
    }
  });
  return first;
}

/** Refuses a folder that is given twice, under whatever name. */
async function checkDistinct(folders: readonly string[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const folder of folders) {
    const place = await realPath(folder);
    const earlier = seen.get(place);
    if (earlier !== undefined) {
      throw new InputError(`merge: ${earlier} and ${folder} are one folder; name each --output of the shards once`);
    }
    seen.set(place, folder);
  }
}

/** Refuses a folder of another run: its results would be replaced while its run.json stays. */
async function checkOutput(output: string, manifest: RunManifest): Promise<void> {
  await requireOwnRun(output);
  if (!(await hasManifest(output))) return;
  const found = await readManifest(output);
  checkSameRun(output, found, manifest, OTHER_OUTPUT);
  checkSameSelection(output, found, manifest, OTHER_OUTPUT);
}

async function checkComplete(
  folders: readonly string[],
  dataset: Dataset<unknown>,
  rows: readonly number[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const workFiles = (await Promise.all(folders.map(listWorkFiles))).flat();
  const places = await gatherAnswers(dataset, workFiles, () => throwIfAborted(signal));
  throwIfAborted(signal);
  const open = rows.filter((row) => !places.has(row)).map((row) => dataset.items[row]!.questionId);
  if (open.length === 0) return;
  const named = open.slice(0, UNANSWERED_NAMED).join(", ");
  throw new InputError(
    `${folders.join(", ")}: ${open.length} of ${rows.length} questions have no answer (${named}${open.length > UNANSWERED_NAMED ? ", ..." : ""}); a shard is missing or not finished, run it again to continue it`,
  );
}
