import { z } from "zod";
import { findBenchmark, findVariant } from "../tasks/benchmarks.js";
import { comparisonSchema, type Comparison, type Results } from "../scoring/results.js";
import { groupTable, pairedBootstrap, percentileInterval } from "./bootstrap.js";
import { compareResults, CONFIDENCE, SAMPLES, SEED } from "./compare.js";

const rowSchema = z.object({
  /** What the run is called: its benchmark, or the name of its folder. */
  run: z.string(),
  /** Whose result it is, as the user named it. */
  system: z.string(),
  benchmark: z.string(),
  variant: z.string().nullable(),
  /** Whether the answers were given to a zero image. */
  blind: z.boolean(),
  questions: z.number(),
  /** The figure that stands for the benchmark, null where only an external grader can score. */
  figure: z.string().nullable(),
  unit: z.enum(["fraction", "points"]).nullable(),
  value: z.number().nullable(),
  /** 95 % of the bootstrap samples of the value. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  /** With the baseline of this run. */
  comparison: comparisonSchema.nullable(),
});

/** Scores of several runs, one row for each, as `--json` prints them. */
export const tableSchema = z.object({
  format: z.literal("langbridge-table"),
  version: z.literal(1),
  rows: z.array(rowSchema),
});

export type ResultsTable = Readonly<z.output<typeof tableSchema>>;
export type ResultsRow = Readonly<z.output<typeof rowSchema>>;

/** The results of one system, such as one model, by the names of their runs. */
export interface System {
  readonly name: string;
  readonly results: ReadonlyMap<string, Results>;
}

/** The table of one system's results, each with the comparison that it was written with. */
export const tableOfResults = ({ name, results }: System): ResultsTable =>
  asTable([...results].map(([run, result]) => rowOf(run, name, result, result.comparison)));

/**
 * The table of several systems, run by run: those behind the first that has a run are compared with it, by a paired bootstrap and a paired
 * randomization test. A blind run of the same questions, the system's own or else anybody's, is the floor of retention.
 *
 * @throws InputError for runs of one name that do not rest on the same benchmark, metric variant, data and questions
 */
export function compareSystems(systems: readonly System[]): ResultsTable {
  const runs = new Set(systems.flatMap(({ results }) => [...results.keys()]));
  return asTable(
    [...runs].flatMap((run) => {
      const having = systems.filter(({ results }) => results.has(run));
      const [first] = having;
      return having.map((system) => {
        const result = system.results.get(run)!;
        return rowOf(run, system.name, result, system === first ? null : comparison(run, system, first!, systems));
      });
    }),
  );
}

function comparison(run: string, system: System, first: System, systems: readonly System[]): Comparison | null {
  const [after, before] = [system.results.get(run)!, first.results.get(run)!];
  if (after.variant === null && before.variant === null && after.benchmark === before.benchmark) return null;
  const variant = findVariant(findBenchmark(after.benchmark), after.variant ?? undefined)!;
  // What is answered without seeing keeps nothing of what stands above it.
  const own = { name: system.name, results: after };
  const floor = after.blind ? (before.blind ? null : own) : blindRun(after, [system, ...systems]);
  return compareResults(variant, after, { name: first.name, results: before }, floor);
}

/** The first blind run of the same questions. */
function blindRun(
  of: Results,
  systems: readonly System[],
): { readonly name: string; readonly results: Results } | null {
  for (const system of systems) {
    for (const [run, results] of system.results) {
      const isSame = results.benchmark === of.benchmark && results.variant === of.variant;
      if (results.blind && isSame && results.selection.questions === of.selection.questions) {
        return { name: nameOf(system, run), results };
      }
    }
  }
  return null;
}

const nameOf = ({ name, results }: System, run: string): string => (results.size === 1 ? name : `${name}: ${run}`);

function rowOf(run: string, system: string, results: Results, compared: Comparison | null): ResultsRow {
  const { benchmark, variant, blind, counts, primary } = results;
  return {
    ...{ run, system, benchmark, variant, blind, questions: counts.asked },
    ...{ figure: primary?.name ?? null, unit: primary?.unit ?? null, value: primary?.value ?? null },
    interval: intervalOf(results),
    comparison: compared,
  };
}

/** Of the figure that stands for the benchmark; null where nothing was scored. */
function intervalOf({ benchmark, variant, groups }: Results): [number, number] | null {
  if (variant === null || groups.sums.length === 0) return null;
  const rules = findVariant(findBenchmark(benchmark), variant)!;
  const values = new Float64Array(SAMPLES);
  pairedBootstrap([groupTable(groups.sums)], { samples: SAMPLES, seed: SEED }, ([totals], sample) => {
    values[sample] = rules.scores(totals!)[rules.primary]!;
  });
  return percentileInterval(values, CONFIDENCE);
}

const asTable = (rows: ResultsRow[]): ResultsTable => ({ format: "langbridge-table", version: 1, rows });
