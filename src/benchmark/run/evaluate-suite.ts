import { basename, join } from "node:path";
import { InputError } from "../../errors.js";
import { z } from "zod";
import { checkOptions } from "../../files/check-json.js";
import { callbackOption, optionsOf, textOption } from "../../files/option-schemas.js";
import type { Progress } from "../../progress.js";
import { findResults } from "../compare/find-results.js";
import { tableOfResults, type ResultsTable } from "../compare/results-table.js";
import { readResults, type Results } from "../scoring/results.js";
import type { Selection } from "../tasks/selection.js";
import {
  askedOptions,
  prepareEvaluation,
  runOptions,
  type EvaluateModelOptions,
  type ShardReport,
} from "./evaluate-model.js";

/** One run of a suite. */
export interface SuiteRun {
  /** Its folder in the output; the benchmark, and "-blind" behind it for a blind run, when left out. */
  readonly name?: string | undefined;
  readonly benchmark: string;
  readonly data: string;
  readonly images?: string | undefined;
  readonly variant?: string | undefined;
  readonly selection: Selection;
  readonly blind: boolean;
}

type Shared = Pick<
  EvaluateModelOptions,
  | "features"
  | "shard"
  | "restart"
  | "skipMissing"
  | "reusePrefix"
  | "concurrency"
  | "logSamples"
  | "tool"
  | "signal"
  | "load"
>;

export interface EvaluateSuiteOptions extends Shared {
  readonly runs: readonly SuiteRun[];
  /** Folder of the runs' folders; runs in them are continued. */
  readonly output: string;
  /**
   * A results.json, or a folder of one or of several: each run is compared with those of its benchmark, and of its name where there are several.
   */
  readonly baselines: readonly string[];
  readonly onProgress?: Progress | undefined;
  /** Called with the folder and the result of each run as soon as it is there. */
  readonly onResults?: ((output: string, results: Results | ShardReport) => void) | undefined;
}

const suiteOptions = optionsOf<EvaluateSuiteOptions>()({
  ...runOptions,
  runs: z.array(optionsOf<SuiteRun>()({ ...askedOptions, name: textOption.optional() })).min(1),
  onResults: callbackOption<NonNullable<EvaluateSuiteOptions["onResults"]>>(),
});

/** The outcome of a suite. */
export interface SuiteOutcome {
  /** By the names of the runs, in order; shards have no results. */
  readonly results: ReadonlyMap<string, Results>;
  readonly shards: readonly ShardReport[];
  readonly table: ResultsTable;
}

/**
 * Runs several benchmarks with one model, which is loaded once, after the questions and images of all are known to be there.
 *
 * @throws InputError for runs of one name, and for what is missing or does not fit
 * @throws InterruptedError once the signal fires; the same call goes on from there
 */
export async function evaluateSuite(options: EvaluateSuiteOptions): Promise<SuiteOutcome> {
  checkOptions(suiteOptions, options, "the options of evaluateSuite");
  const { runs, output, baselines, onResults, ...shared } = options;
  const named = runs.map((run) => ({ ...run, name: nameOf(run) }));
  requireDistinct(named.map(({ name }) => name));
  const results = await readAll(baselines);
  const prepared = [];
  for (const run of named) {
    const one = { ...shared, ...run, output: join(output, run.name), baselines: ofRun(run, results) };
    prepared.push({ ...one, evaluate: await prepareEvaluation(one) });
  }
  const model = await shared.load();
  const outcome = { results: new Map<string, Results>(), shards: [] as ShardReport[] };
  try {
    for (const { name, output: folder, evaluate } of prepared) {
      const result = await evaluate(model.answerer);
      if ("shard" in result) outcome.shards.push(result);
      else outcome.results.set(name, result);
      onResults?.(folder, result);
    }
  } finally {
    await model.dispose();
  }
  return { ...outcome, table: tableOfResults({ name: output, results: outcome.results }) };
}

const nameOf = ({ name, benchmark, blind }: SuiteRun): string => name ?? `${benchmark}${blind ? "-blind" : ""}`;

function requireDistinct(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice === undefined) return;
  throw new InputError(
    `${twice}: two runs have this name, which is that of their folder; give them names of their own`,
  );
}

interface Baseline {
  readonly path: string;
  readonly run: string;
  readonly results: Pick<Results, "benchmark" | "blind">;
}

async function readAll(paths: readonly string[]): Promise<Baseline[]> {
  const files = (await Promise.all(paths.map(findResults))).flat();
  return Promise.all(
    files.map(async (path) => ({ path, run: basename(join(path, "..")), results: await readResults(path) })),
  );
}

/** The baselines of a run: those of its benchmark; of several of one kind, those in a folder of its name. */
function ofRun({ benchmark, name }: SuiteRun, all: readonly Baseline[]): string[] {
  const ofBenchmark = all.filter(({ results }) => results.benchmark === benchmark);
  return [true, false].flatMap((blind) => {
    const kind = ofBenchmark.filter(({ results }) => results.blind === blind);
    const sameName = kind.filter(({ run }) => run === name || run === `${name}-blind`);
    return (kind.length > 1 && sameName.length > 0 ? sameName : kind).map(({ path }) => path);
  });
}
