import { z } from "zod";
import { exists } from "../../files/look.js";
import { forEachLine } from "../../files/lines.js";
import { quantile } from "../compare/bootstrap.js";
import type { RunRecord } from "../scoring/results.js";

const timingSchema = z.object({
  /** Seconds since the answer before, or since the process was ready. */
  seconds: z.number(),
  decode: z.number(),
  vision: z.number(),
  prefill: z.number(),
  tokens: z.number(),
  tokenCount: z.number(),
  /** Seconds from the question to its answer, without the image's share. */
  latencyMs: z.number(),
  /** Of the process up to this answer. */
  peakMemoryMB: z.number(),
});

/** The time of one answer, in seconds by stage; a line of a shard's timings file. */
export type Timing = Readonly<z.output<typeof timingSchema>>;

const PLACES = 6;

export const timingLine = (timing: Timing): string =>
  JSON.stringify(timing, (_, value: unknown) => (typeof value === "number" ? Number(value.toFixed(PLACES)) : value));

/**
 * Reads a timings file; none when it is absent. A torn last line of a killed process is passed over, since no score rests on
 * it.
 */
export async function readTimings(path: string): Promise<Timing[]> {
  const timings: Timing[] = [];
  if (!(await exists(path))) return timings;
  await forEachLine(path, (line) => {
    const timing = parseTiming(line);
    if (timing !== undefined) timings.push(timing);
  });
  return timings;
}

/** Adds up the timings of several shards, or of a run that was interrupted. */
export function sumTimings(timings: readonly Timing[]): Omit<RunRecord, "identity" | "firstPrompt"> {
  const sums = { seconds: 0, tokenCount: 0, peakMemoryMB: 0 };
  const stages = { decode: 0, vision: 0, prefill: 0, tokens: 0 };
  for (const timing of timings) {
    for (const stage of Object.keys(stages) as (keyof typeof stages)[]) stages[stage] += timing[stage];
    sums.seconds += timing.seconds;
    sums.tokenCount += timing.tokenCount;
    sums.peakMemoryMB = Math.max(sums.peakMemoryMB, timing.peakMemoryMB);
  }
  const latencies = timings.map(({ latencyMs }) => latencyMs);
  const sorted = Float64Array.from(latencies).sort();
  return {
    questions: latencies.length,
    seconds: sums.seconds,
    stages,
    questionsPerSecond: rate(latencies.length, sums.seconds),
    tokensPerSecond: rate(sums.tokenCount, stages.tokens),
    latency: sorted.length === 0 ? null : { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) },
    peakMemoryMB: sums.peakMemoryMB,
  };
}

const rate = (amount: number, seconds: number): number | null => (seconds > 0 ? amount / seconds : null);

function parseTiming(line: Buffer): Timing | undefined {
  try {
    return timingSchema.parse(JSON.parse(line.toString("utf8")));
  } catch {
    return undefined;
  }
}
