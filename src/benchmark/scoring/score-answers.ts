import { throwIfAborted } from "../../errors.js";
import { readAnswers } from "./answers.js";
import type { Benchmark, Dataset, UploadFile } from "../tasks/benchmark.js";
import { findVariant } from "../tasks/benchmarks.js";
import { makeResults, type Results } from "./results.js";
import { Scorer } from "./scorer.js";
import { EVERYTHING, hashQuestions, selectRows, type Selection } from "../tasks/selection.js";

/** What to score. */
export interface ScoreOptions {
  readonly benchmark: Benchmark<unknown>;
  readonly dataset: Dataset<unknown>;
  /** LLaVA's answer files, parts of one whole. */
  readonly answers: readonly string[];
  readonly variant?: string | undefined;
  readonly selection?: Selection;
  /** Whether the answers were given to a zero image. */
  readonly blind?: boolean;
  /** Name and version of the program, for the result. */
  readonly tool: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scores answers that exist already; no model is needed.
 *
 * @throws InputError for answers that do not fit the data
 * @throws InterruptedError once `signal` fires
 */
export async function scoreAnswers(options: ScoreOptions): Promise<{ results: Results; upload: UploadFile | null }> {
  const { benchmark, dataset, selection = EVERYTHING, blind = false, tool } = options;
  const rows = selectRows(dataset.items, selection, { wholeGroups: benchmark.wholeGroups ?? false });
  const scorer = new Scorer(benchmark, dataset, rows, findVariant(benchmark, options.variant));
  const answers = await readAnswers(options.answers, dataset, (answer) => {
    throwIfAborted(options.signal);
    scorer.add(answer);
  });
  const scored = scorer.finish();
  const results = makeResults({
    tool,
    benchmark: benchmark.name,
    blind,
    dataset,
    scored,
    answers,
    selection: { ...selection, shard: null, questions: hashQuestions(dataset.items, rows) },
  });
  return { results, upload: scored.upload };
}
