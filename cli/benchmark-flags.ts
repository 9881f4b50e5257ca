import { Flags } from "@oclif/core";
import { BENCHMARKS } from "../src/benchmark/tasks/benchmarks.js";
import { readRuns } from "../src/benchmark/run/runs-file.js";
import type { SuiteRun } from "../src/benchmark/run/evaluate-suite.js";
import { didYouMean } from "./did-you-mean.js";
import { INPUTS } from "./flag-groups.js";
import { UsageError } from "./usage-error.js";

const NAMES = Object.keys(BENCHMARKS);

/** Flags of a file of runs, which says these things itself. */
const OF_RUNS = ["benchmark", "data", "images", "limit", "seed", "metric-variant", "blind", "answers"];

/** Flags that say what is asked: a benchmark, several of them, or a file of runs. */
export const benchmarkFlags = {
  benchmark: Flags.custom<readonly string[]>({ parse: (text) => Promise.resolve(benchmarkNames(text)) })({
    description: `what is scored, several with commas between them: ${NAMES.join(", ")}`,
    helpGroup: INPUTS,
    helpValue: "NAME",
  }),
  data: Flags.string({
    description:
      "the benchmark's folder in LLaVA's evaluation layout; of several, the folder that holds a folder for each by its name",
    helpGroup: INPUTS,
    helpValue: "DIR",
  }),
  runs: Flags.string({
    description: "YAML file of runs, in place of --benchmark and --data",
    helpGroup: INPUTS,
    helpValue: "FILE",
    exclusive: OF_RUNS,
  }),
};

function benchmarkNames(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown === undefined) return names;
  throw new UsageError(
    `${unknown}: no such benchmark; expected one of ${NAMES.join(", ")}${didYouMean(unknown, NAMES)}`,
  );
}

interface AskedFor extends Pick<SuiteRun, "variant" | "selection" | "blind" | "images"> {
  readonly benchmark?: readonly string[] | undefined;
  readonly data?: string | undefined;
  readonly runs?: string | undefined;
}

/**
 * The runs that the flags ask for. A benchmark alone has its data in the folder itself.
 *
 * @throws UsageError where neither is given
 */
export async function askedRuns(flags: AskedFor): Promise<readonly SuiteRun[]> {
  const { benchmark, data, runs, images, variant, selection, blind } = flags;
  if (runs !== undefined) return readRuns(runs);
  const missing = [...(benchmark === undefined ? ["--benchmark"] : []), ...(data === undefined ? ["--data"] : [])];
  if (missing.length > 0)
    throw new UsageError(`${missing.join(", ")}: not given; name a benchmark and its folder, or --runs`);
  const several = benchmark!.length > 1;
  return benchmark!.map((name) => ({
    images,
    variant,
    selection,
    blind,
    benchmark: name,
    data: several ? `${data}/${name}` : data!,
  }));
}
