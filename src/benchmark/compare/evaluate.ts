import { join } from "node:path";
import { z } from "zod";
import { checkOptions } from "../../files/check-json.js";
import { countOption, flagOption, optionsOf, textOption, workOptions } from "../../files/option-schemas.js";
import { InputError, throwIfAborted } from "../../errors.js";
import type { Progress } from "../../progress.js";
import { writeTextAtomically } from "../../files/file-writer.js";
import { makeFolder } from "../../files/make-folder.js";
import type { UploadFile } from "../tasks/benchmark.js";
import { findBenchmark, findVariant } from "../tasks/benchmarks.js";
import { compareResults, requireComparable, type Comparable, type NamedResults } from "./compare.js";
import { requireOwnAnswers, requireOwnResults, RESULTS_FILE } from "./own-results.js";
import { CARD_FILE } from "../../layout/model-card.js";
import { resultsCard, takesResultsCard } from "./results-card.js";
import { formatResults, readResults, type Results } from "../scoring/results.js";
import { scoreAnswers } from "../scoring/score-answers.js";
import { SAMPLES_FILE, writeSamples } from "../scoring/samples.js";
import { selectRows, type Selection } from "../tasks/selection.js";

/** What to evaluate, and what to compare it with. */
export interface EvaluateAnswersOptions {
  readonly benchmark: string;
  /** The benchmark's folder, in LLaVA's evaluation layout. */
  readonly data: string;
  readonly answers: readonly string[];
  readonly variant?: string | undefined;
  readonly selection: Selection;
  readonly blind: boolean;
  /** Paths of results.json. One of a blind run gives the zero of retention. */
  readonly baselines: readonly string[];
  /** Folder for results.json and the upload file of an external grader; nothing is written when absent. */
  readonly output?: string | undefined;
  readonly tool: string;
  /** Whether samples.jsonl is written into `output` too. */
  readonly logSamples?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

const evaluateOptions = optionsOf<EvaluateAnswersOptions>()({
  benchmark: textOption,
  data: textOption,
  answers: z.array(textOption).min(1),
  variant: textOption.optional(),
  selection: z.looseObject({ limit: countOption.nullable(), seed: z.int().min(0).nullable() }),
  blind: z.boolean(),
  baselines: z.array(textOption),
  output: textOption.optional(),
  tool: textOption,
  logSamples: flagOption,
  ...workOptions,
});

/**
 * Scores answer files, compares and writes the result.
 *
 * @throws InputError for input that does not fit together
 * @throws InterruptedError once `signal` fires; nothing is written then
 */
export async function evaluateAnswers(options: EvaluateAnswersOptions): Promise<Results> {
  checkOptions(evaluateOptions, options, "the options of evaluateAnswers");
  const benchmark = findBenchmark(options.benchmark);
  findVariant(benchmark, options.variant);
  if (options.output !== undefined) await requireOwnOutput(options.output, options.logSamples);
  const say = (stage: string): void => {
    throwIfAborted(options.signal);
    options.onProgress?.({ stage, done: 0, total: 0 });
  };
  say(`reading the questions of ${options.data}`);
  const baselines = await readBaselines(options.baselines);
  const dataset = await benchmark.load(options.data);
  say(`scoring the answers of ${options.answers.join(", ")}`);
  const scored = await scoreAnswers({ ...options, benchmark, dataset });
  const results = withComparison(scored.results, baselines);
  throwIfAborted(options.signal);
  const { output } = options;
  if (output === undefined) return results;
  await writeResults(output, results, scored.upload);
  if (options.logSamples) {
    const rows = selectRows(dataset.items, options.selection, { wholeGroups: benchmark.wholeGroups ?? false });
    await writeSamples(output, { benchmark, dataset, answers: options.answers, rows });
  }
  return results;
}

async function requireOwnOutput(output: string, logSamples = false): Promise<void> {
  await requireOwnResults(output);
  if (!logSamples) return;
  await requireOwnAnswers(output, { answers: join(output, SAMPLES_FILE), isOurs: () => Promise.resolve(false) });
}

/** The result to compare with, and the blind run. */
export interface Baselines {
  readonly before: NamedResults | null;
  readonly blind: NamedResults | null;
}

/** Reads the results to compare with, so that a wrong one is known before any work. */
export async function readBaselines(paths: readonly string[]): Promise<Baselines> {
  const named = await Promise.all(paths.map(async (name) => ({ name, results: await readResults(name) })));
  const blind = named.filter(({ results }) => results.blind);
  const seeing = named.filter(({ results }) => !results.blind);
  if (blind.length > 1 || seeing.length > 1) {
    const many = (blind.length > 1 ? blind : seeing).map(({ name }) => name).join(" and ");
    throw new InputError(
      `--baseline: ${many} are of one kind; give one result to compare with, and one blind run as floor`,
    );
  }
  // A blind run alone is the result to compare with: it shows what seeing gains.
  return seeing.length === 0
    ? { before: blind[0] ?? null, blind: null }
    : { before: seeing[0]!, blind: blind[0] ?? null };
}

/**
 * Checks, before any question is asked, that the result to come can be compared with the baselines.
 *
 * @throws InputError when it cannot
 */
export function requireBaselines(ours: Comparable, { before, blind }: Baselines): void {
  if (before === null) return;
  requireScored(ours);
  for (const other of blind === null ? [before] : [before, blind]) requireComparable(ours, other);
}

function requireScored({ benchmark, variant }: Pick<Comparable, "benchmark" | "variant">): void {
  if (variant !== null) return;
  throw new InputError(`--baseline: ${benchmark} is scored by an external grader, there is nothing to compare`);
}

/** The result with its comparison, where there is something to compare with. */
export function withComparison(results: Results, { before, blind }: Baselines): Results {
  if (before === null) return results;
  requireScored(results);
  const variant = findVariant(findBenchmark(results.benchmark), results.variant!)!;
  return { ...results, comparison: compareResults(variant, results, before, blind) };
}

/** Writes results.json, its card, and the upload file where there is one, into `folder`. */
export async function writeResults(folder: string, results: Results, upload: UploadFile | null): Promise<void> {
  await requireOwnResults(folder);
  await makeFolder(folder);
  if (upload !== null) await writeTextAtomically(join(folder, upload.name), upload.content);
  if (await takesResultsCard(folder)) await writeTextAtomically(join(folder, CARD_FILE), resultsCard(results));
  await writeTextAtomically(join(folder, RESULTS_FILE), formatResults(results));
}
