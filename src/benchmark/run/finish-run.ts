import { answersFile, gatherAnswers } from "./answer-places.js";
import type { Benchmark, Dataset, UploadFile } from "../tasks/benchmark.js";
import { gatherTimings } from "./gather-timings.js";
import type { Results } from "../scoring/results.js";
import { listWorkFiles, type RunManifest } from "./run-store.js";
import { writeSamples } from "../scoring/samples.js";
import { scoreAnswers } from "../scoring/score-answers.js";
import { sumTimings } from "./timings.js";

/** Puts the answers of a run in the order of the question file, as `answers.jsonl`, scores them and adds up their timings. */
export async function finishRun(options: {
  readonly benchmark: Benchmark<unknown>;
  readonly dataset: Dataset<unknown>;
  readonly output: string;
  /** The folders of the shards; `output` when absent. */
  readonly folders?: readonly string[];
  readonly rows: readonly number[];
  readonly variant?: string | undefined;
  readonly manifest: RunManifest;
  readonly tool: string;
  readonly logSamples?: boolean | undefined;
}): Promise<{ results: Results; upload: UploadFile | null }> {
  const { benchmark, dataset, output, rows, manifest, folders = [output] } = options;
  const { selection, blind, identity, firstPrompt } = manifest;
  const workFiles = (await Promise.all(folders.map(listWorkFiles))).flat();
  await (await gatherAnswers(dataset, workFiles)).write(answersFile(output), rows);
  const answers = [answersFile(output)];
  // All answers are there: what is left takes a moment, and an end now would leave half of it.
  const { results, upload } = await scoreAnswers({ ...options, selection, blind, answers, signal: undefined });
  if (options.logSamples) await writeSamples(output, { benchmark, dataset, answers, rows });
  const timings = sumTimings(await gatherTimings(dataset, workFiles, rows));
  return { results: { ...results, run: { identity, firstPrompt, ...timings } }, upload };
}
