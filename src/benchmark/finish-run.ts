import { answersFile, gatherAnswers } from "./answer-places.js";
import type { Benchmark, Dataset, UploadFile } from "./benchmark.js";
import type { Results, RunRecord } from "./results.js";
import { listWorkFiles } from "./run-store.js";
import { scoreAnswers } from "./score-answers.js";
import type { Selection } from "./selection.js";

/** Puts the answers of a run in the order of the question file, as `answers.jsonl`, and scores them. */
export async function finishRun(options: {
  readonly benchmark: Benchmark<unknown>;
  readonly dataset: Dataset<unknown>;
  readonly output: string;
  /** Folders whose answers are put together; `output` when absent. */
  readonly folders?: readonly string[];
  readonly rows: readonly number[];
  readonly variant?: string | undefined;
  readonly selection: Selection;
  readonly blind: boolean;
  readonly tool: string;
  readonly run: RunRecord | null;
}): Promise<{ results: Results; upload: UploadFile | null }> {
  const { dataset, output, rows, run } = options;
  const workFiles = (await Promise.all((options.folders ?? [output]).map(listWorkFiles))).flat();
  await (await gatherAnswers(dataset, workFiles)).write(answersFile(output), rows);
  const { results, upload } = await scoreAnswers({ ...options, answers: [answersFile(output)] });
  return { results: { ...results, run }, upload };
}
