import { InputError } from "../../errors.js";
import type { DataFile, Variant } from "../tasks/benchmark.js";
import { groupTable, pairedBootstrap, percentileInterval } from "./bootstrap.js";
import { pairedRandomization } from "./randomization.js";
import type { Comparison, Results } from "../scoring/results.js";

/** How many samples are drawn: the ends of a 95 % interval then wander by some 3 % of its width. */
export const SAMPLES = 2000;
export const CONFIDENCE = 0.95;
export const SEED = 0;

/** How often groups are swapped at random: a p-value of 0.05 is then known to within 0.005. */
const SWAPS = 9999;

/** A result that was read back, with the name that errors call it by. */
export interface NamedResults {
  readonly name: string;
  readonly results: Results;
}

/** What two results must have in common to be compared. */
export interface Comparable {
  readonly benchmark: string;
  readonly variant: string | null;
  readonly data: readonly Pick<DataFile, "name" | "sha256">[];
  readonly selection: Pick<Results["selection"], "questions">;
  readonly counts: Pick<Results["counts"], "asked">;
}

/**
 * What changed between two results of one benchmark on the same questions, with an interval from a paired bootstrap and a p-value from
 * a paired randomization test, both over images (over the groups of MME and MMBench).
 *
 * With a blind run, retention is measured from the score that it reaches without seeing.
 *
 * @throws InputError when the results do not rest on the same benchmark, metric variant, data and questions
 */
export function compareResults(
  variant: Variant<unknown>,
  after: Results,
  before: NamedResults,
  blind: NamedResults | null = null,
): Comparison {
  for (const other of blind === null ? [before] : [before, blind]) {
    requireComparable(after, other);
    if (other.results.groups.names !== after.groups.names) {
      throw new InputError(
        `${other.name}: its questions are annotated otherwise than those here; score both on the same files`,
      );
    }
    requireSoundSums(variant, after, other);
  }
  if (after.groups.sums.length === 0) {
    throw new InputError(`${before.name}: none of the questions asked is annotated, so there is nothing to compare`);
  }
  const figure = (tally: Float64Array): number => variant.scores(tally)[variant.primary]!;
  const runs = [before.results, after, ...(blind === null ? [] : [blind.results])];
  const tables = runs.map(({ groups }) => groupTable(groups.sums));
  const [beforeValue, afterValue, blindValue] = runs.map(({ primary }) => primary!.value);
  const retention = retained(beforeValue!, afterValue!, blindValue ?? 0);
  const differences = new Float64Array(SAMPLES);
  const retentions: number[] = [];
  pairedBootstrap(tables, { samples: SAMPLES, seed: SEED }, (totals, sample) => {
    const [b, a, floor] = totals.map(figure);
    differences[sample] = a! - b!;
    const kept = retained(b!, a!, floor ?? 0);
    if (kept !== null) retentions.push(kept);
  });
  const test = { samples: SWAPS, seed: SEED };
  return {
    baseline: before.name,
    figure: variant.primary,
    before: beforeValue!,
    after: afterValue!,
    difference: afterValue! - beforeValue!,
    interval: percentileInterval(differences, CONFIDENCE),
    pValue: pairedRandomization([tables[0]!, tables[1]!], figure, test),
    confidence: CONFIDENCE,
    retention,
    retentionInterval: retention === null ? null : percentileInterval(Float64Array.from(retentions), CONFIDENCE),
    blind: blindValue ?? null,
    groups: tables[0]!.groups,
    samples: SAMPLES,
    seed: SEED,
  };
}

/** How far, relatively, a score may be from the figure of its sums: they were added up in another order. */
const ROUNDING = 1e-9;

/** Refuses a result whose sums are not of the groups here or do not make its score, since the interval is drawn from them. */
function requireSoundSums(
  variant: Variant<unknown>,
  { groups: { sums: own } }: Results,
  { name, results: { groups, primary } }: NamedResults,
): void {
  const refuse = (what: string): never => {
    throw new InputError(`${name}: ${what}; the file is damaged; score its answers again`);
  };
  const { sums } = groups;
  if (sums.length !== own.length) refuse(`holds sums of ${sums.length} groups of questions, expected ${own.length}`);
  const width = own[0]?.length ?? 0;
  const bad = sums.findIndex((row) => row.length !== width);
  if (bad >= 0) refuse(`group ${bad} of questions has ${sums[bad]!.length} sums, expected ${width}`);
  if (primary?.name !== variant.primary) {
    refuse(`its figure is ${primary === null ? "missing" : JSON.stringify(primary.name)}, expected ${variant.primary}`);
  }
  const totals = Float64Array.from({ length: width }, (_, i) => sums.reduce((sum, row) => sum + row[i]!, 0));
  const figure = sums.length === 0 ? primary!.value : variant.scores(totals)[variant.primary]!;
  // Written as a negation, so that NaN is refused too.
  if (!(Math.abs(figure - primary!.value) <= ROUNDING * Math.max(1, Math.abs(figure)))) {
    refuse(`says ${primary!.value} of ${variant.primary}, and its sums make ${figure}`);
  }
}

/** The share of the score of `before` above `floor` that `after` keeps; null when there is nothing to keep. */
function retained(before: number, after: number, floor: number): number | null {
  return before > floor ? (after - floor) / (before - floor) : null;
}

/**
 * Checks that two results rest on the same benchmark, variant, data and questions.
 *
 * @throws InputError that says what differs
 */
export function requireComparable(after: Comparable, { name, results }: NamedResults): void {
  const refuse = (what: string): never => {
    throw new InputError(`${name}: ${what}`);
  };
  if (results.benchmark !== after.benchmark) {
    refuse(`is a result of ${results.benchmark}, this is ${after.benchmark}; compare results of one benchmark`);
  }
  if (results.variant !== after.variant || results.variant === null) {
    refuse(
      `was scored by the variant ${results.variant ?? "of an external grader"}, this one by ${after.variant ?? "an external grader"}; score both by one --metric-variant`,
    );
  }
  checkData(after, name, results);
  if (results.selection.questions !== after.selection.questions) {
    refuse(
      `answers ${results.counts.asked} other questions than the ${after.counts.asked} here; run both with the same --limit and --seed`,
    );
  }
}

function checkData(after: Comparable, name: string, results: Results): void {
  const hashes = new Map(results.data.map((file) => [file.name, file.sha256]));
  for (const file of after.data) {
    const other = hashes.get(file.name);
    if (other === file.sha256) continue;
    throw new InputError(
      `${name}: rests on other data: ${file.name} is ${other === undefined ? "not among its files" : `sha256 ${other.slice(0, 12)}... there`} and ${file.sha256.slice(0, 12)}... here; score both on the same files`,
    );
  }
}
