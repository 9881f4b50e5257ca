import { z } from "zod";
import { checkOptions } from "../../files/check-json.js";
import { countOption, flagOption, optionsOf, textOption, workOptions } from "../../files/option-schemas.js";
import type { Progress } from "../../progress.js";
import type { Answerer } from "../../vlm/answerer.js";
import { findBenchmark, findVariant } from "../tasks/benchmarks.js";
import { readBaselines, requireBaselines, withComparison, writeResults } from "../compare/evaluate.js";
import { openFeatureFile } from "../../checkpoint/feature-file.js";
import type { Benchmark, Dataset } from "../tasks/benchmark.js";
import { aboutFeatures } from "./question-features.js";
import { findImageFolder } from "./question-images.js";
import type { Results } from "../scoring/results.js";
import { planRun, runBenchmark } from "./run.js";
import { hashQuestions, type Selection, type Shard } from "../tasks/selection.js";

/** What to ask a model, and what to compare its answers with. */
export interface EvaluateModelOptions {
  readonly benchmark: string;
  readonly data: string;
  readonly images?: string | undefined;
  /** File of features, an entry for each picture or sound that the questions name, in place of its file. */
  readonly features?: string | undefined;
  readonly variant?: string | undefined;
  readonly selection: Selection;
  readonly shard: Shard | null;
  readonly blind: boolean;
  readonly restart: boolean;
  readonly skipMissing: boolean;
  readonly reusePrefix: boolean;
  /** Images whose questions are asked at once; 1 when left out. */
  readonly concurrency?: number | undefined;
  /** Paths of results.json. One of a blind run gives the zero of retention. */
  readonly baselines: readonly string[];
  /** Whether samples.jsonl is written too: every question with its answer and how it was judged. */
  readonly logSamples?: boolean | undefined;
  /** Folder of answers.jsonl and results.json; a run in it is continued. */
  readonly output: string;
  readonly tool: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
  /** Loads the model; called only when everything else is known to be there. */
  readonly load: () => Promise<{ readonly answerer: Answerer; dispose(): Promise<void> }>;
}

/** What all runs of a suite share. */
export const runOptions = {
  features: textOption.optional(),
  shard: z.looseObject({ index: z.int().min(0), count: countOption }).nullable(),
  restart: z.boolean(),
  skipMissing: z.boolean(),
  reusePrefix: z.boolean(),
  concurrency: countOption.optional(),
  baselines: z.array(textOption),
  logSamples: flagOption,
  output: textOption,
  tool: textOption,
  ...workOptions,
  load: z.custom<EvaluateModelOptions["load"]>((value) => typeof value === "function", "expected a function"),
};

/** What is asked. */
export const askedOptions = {
  benchmark: textOption,
  data: textOption,
  images: textOption.optional(),
  variant: textOption.optional(),
  selection: z.looseObject({ limit: countOption.nullable(), seed: z.int().min(0).nullable() }),
  blind: z.boolean(),
};

const evaluateOptions = optionsOf<EvaluateModelOptions>()({ ...askedOptions, ...runOptions });

/** What one shard of several did. */
export interface ShardReport {
  readonly shard: Shard;
  readonly asked: number;
  readonly answeredNow: number;
  readonly output: string;
}

/** Runs a benchmark, scores it, compares it and writes the result. One shard of several only keeps its answers. */
export async function evaluateModel(options: EvaluateModelOptions): Promise<Results | ShardReport> {
  checkOptions(evaluateOptions, options, "the options of evaluateModel");
  const evaluate = await prepareEvaluation(options);
  const model = await options.load();
  try {
    return await evaluate(model.answerer);
  } finally {
    await model.dispose();
  }
}

/**
 * Does all of an evaluation that needs no model, since to load one can take minutes: reads questions and baselines and looks for images.
 *
 * @returns what asks a model the questions
 * @throws InputError for what is missing or does not fit
 */
export async function prepareEvaluation(
  options: Omit<EvaluateModelOptions, "load">,
): Promise<(answerer: Answerer) => Promise<Results | ShardReport>> {
  const benchmark = findBenchmark(options.benchmark);
  const variant = findVariant(benchmark, options.variant);
  const baselines = await readBaselines(options.baselines);
  const say = (stage: string): void => options.onProgress?.({ stage, done: 0, total: 0 });
  say(`reading the questions of ${options.data}`);
  const { dataset, imageFolder } = await loadQuestions(benchmark, options);
  const run = { ...options, benchmark, dataset, dataFolder: options.data, imageFolder };
  say(`looking for the ${options.features === undefined ? "images" : "features"} in ${imageFolder}`);
  const plan = await planRun(run);
  const asked = plan.rows.length;
  const selection = { questions: hashQuestions(dataset.items, plan.rows) };
  const ours = { benchmark: benchmark.name, variant: variant?.name ?? null, data: dataset.files, selection };
  requireBaselines({ ...ours, counts: { asked } }, baselines);
  return async (answerer) => {
    const outcome = await runBenchmark({ ...run, answerer }, plan);
    if (outcome.results === null)
      return { shard: options.shard!, asked: outcome.asked, answeredNow: outcome.answeredNow, output: options.output };
    // The answers are kept even where the result cannot be compared.
    if (baselines.before !== null) await writeResults(options.output, outcome.results, outcome.upload);
    const results = withComparison(outcome.results, baselines);
    await writeResults(options.output, results, outcome.upload);
    return results;
  };
}

/** The questions, and where what they are about is: in a folder, in the data itself, or in a file of features. */
async function loadQuestions(
  benchmark: Benchmark<unknown>,
  { data, images, features, blind }: Pick<EvaluateModelOptions, "data" | "images" | "features" | "blind">,
): Promise<{ readonly dataset: Dataset<unknown>; readonly imageFolder: string }> {
  const dataset = await benchmark.load(data);
  if (features !== undefined) {
    return { dataset: aboutFeatures(dataset, await openFeatureFile(features)), imageFolder: features };
  }
  // A blind run needs no image, and those inside a data file need no folder.
  const needsFolder = !blind && dataset.items.some(({ image }) => image !== null && image.embedded === null);
  return { dataset, imageFolder: needsFolder ? await findImageFolder(benchmark, data, images) : data };
}
