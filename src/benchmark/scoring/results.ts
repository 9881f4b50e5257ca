import { z } from "zod";
import { InputError } from "../../errors.js";
import { checkJson } from "../../files/check-json.js";
import { ownRecord } from "../../files/own-record.js";
import { readJsonFile } from "../../files/json-file.js";
import type { DataFile, Dataset } from "../tasks/benchmark.js";
import type { Scored } from "./scorer.js";
import type { Selection, Shard } from "../tasks/selection.js";

const figures = ownRecord(z.number());
const dataFile = z.object({ name: z.string(), sha256: z.string(), bytes: z.number(), rows: z.number() });
const stages = z.object({ decode: z.number(), vision: z.number(), prefill: z.number(), tokens: z.number() });

const runSchema = z.object({
  /** What decides the answers, as the answerer names it: names, hashes, settings. */
  identity: ownRecord(z.string()),
  /** The first question of the data as the model is given it. */
  firstPrompt: z.string(),
  /** How many questions have known times, those of earlier sessions and of all shards too; a killed process may lose one. */
  questions: z.number(),
  /** Seconds from one answer to the next, added up over all processes, without loading. */
  seconds: z.number(),
  /** Seconds by stage. */
  stages,
  /** Of one process. */
  questionsPerSecond: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  /** Milliseconds from the question to its answer, without the image's share. */
  latency: z.object({ p50: z.number(), p95: z.number() }).nullable(),
  /** Of the process that used most. */
  peakMemoryMB: z.number(),
});

const interval = z.tuple([z.number(), z.number()]);
export const comparisonSchema = z.object({
  baseline: z.string(),
  figure: z.string(),
  before: z.number(),
  after: z.number(),
  difference: z.number(),
  /** Of the difference. */
  interval,
  /** Of a paired randomization test of the difference, two-sided; null in results of before there was one. */
  pValue: z.number().nullable().default(null),
  confidence: z.number(),
  /** after / before, or (after - blind) / (before - blind) with a blind run; null where `before` is not above that. */
  retention: z.number().nullable(),
  retentionInterval: interval.nullable(),
  blind: z.number().nullable(),
  groups: z.number(),
  samples: z.number(),
  seed: z.number(),
});

/** The file `results.json`. */
const resultsSchema = z.object({
  format: z.literal("langbridge-results"),
  version: z.literal(1),
  tool: z.string(),
  benchmark: z.string(),
  /** Whether the answers were given to a zero image. */
  blind: z.boolean(),
  variant: z.string().nullable(),
  about: z.string().nullable(),
  primary: z.object({ name: z.string(), value: z.number(), unit: z.enum(["fraction", "points"]) }).nullable(),
  scores: figures,
  variants: ownRecord(figures),
  details: ownRecord(figures),
  counts: z.object({
    asked: z.number(),
    scored: z.number(),
    answered: z.number(),
    missing: z.number(),
    unparseable: z.number(),
    otherPrompt: z.number(),
    missingImages: z.number(),
  }),
  notes: z.array(z.string()),
  data: z.array(dataFile),
  answers: z.array(dataFile),
  selection: z.object({
    limit: z.number().nullable(),
    seed: z.number().nullable(),
    shard: z.object({ index: z.number(), count: z.number() }).nullable(),
    /** Hash of the keys of the questions asked. */
    questions: z.string(),
  }),
  run: runSchema.nullable(),
  comparison: comparisonSchema.nullable(),
  unparseable: z.array(z.object({ questionId: z.union([z.string(), z.number()]), text: z.string() })),
  missingImages: z.array(z.string()),
  groups: z.object({ names: z.string(), sums: z.array(z.array(z.number().nonnegative())) }),
});

export type Results = Readonly<z.output<typeof resultsSchema>>;
export type RunRecord = Readonly<z.output<typeof runSchema>>;
export type Comparison = Readonly<z.output<typeof comparisonSchema>>;

/** Makes the result; deterministic except for `run`. */
export function makeResults(parts: {
  tool: string;
  benchmark: string;
  blind: boolean;
  dataset: Dataset<unknown>;
  scored: Scored;
  answers: readonly DataFile[];
  selection: Selection & { shard: Shard | null; questions: string };
  run?: RunRecord | null;
}): Results {
  const { variant, about, primary, scores, variants, details, groups, counts, unparseable, missingImages } =
    parts.scored;
  return {
    format: "langbridge-results",
    version: 1,
    tool: parts.tool,
    benchmark: parts.benchmark,
    blind: parts.blind,
    variant,
    about,
    primary,
    scores,
    variants: { ...variants },
    details: { ...details },
    counts: { ...counts, missingImages: missingImages.length },
    notes: [...parts.dataset.notes],
    data: [...parts.dataset.files],
    answers: [...parts.answers],
    selection: parts.selection,
    run: parts.run ?? null,
    comparison: null,
    unparseable: [...unparseable],
    missingImages: [...missingImages],
    groups: { names: groups.names, sums: groups.sums.map((sums) => [...sums]) },
  };
}

/**
 * Reads a results.json back.
 *
 * @throws InputError naming the file and what is wrong with it
 */
export async function readResults(path: string): Promise<Results> {
  const value = await readJsonFile(path);
  if ((value as { format?: unknown } | null)?.format !== "langbridge-results") {
    throw new InputError(`${path}: is not a result of langbridge eval; give the results.json of its --output folder`);
  }
  return checkJson(resultsSchema, value, path);
}

/** The text of results.json: indented, the sums of a group on one line each. */
export function formatResults(results: Results): string {
  const text = JSON.stringify({ ...results, groups: { names: results.groups.names, sums: [] } }, null, 2);
  if (results.groups.sums.length === 0) return `${text}\n`;
  const lines = results.groups.sums.map((sums) => `      ${JSON.stringify(sums)}`);
  // The last "sums" is that of the groups, which are written last.
  const at = text.lastIndexOf('"sums": []');
  return `${text.slice(0, at)}"sums": [\n${lines.join(",\n")}\n    ]${text.slice(at + '"sums": []'.length)}\n`;
}
