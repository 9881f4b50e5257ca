import { quantile } from "./bootstrap.js";
import type { RunRecord } from "./results.js";
import type { GivenAnswer, ImageContext } from "./answerer.js";

/** Adds up where the time of a run goes. */
export class Stopwatch {
  private readonly startedAt = performance.now();
  private readonly stages = { decode: 0, vision: 0, prefill: 0, tokens: 0 };
  private readonly latencies: number[] = [];
  private tokens = 0;

  /** Questions answered so far. */
  get answered(): number {
    return this.latencies.length;
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  decoded(seconds: number): void {
    this.stages.decode += seconds;
  }

  opened({ seconds }: ImageContext): void {
    this.stages.vision += seconds.vision;
    this.stages.prefill += seconds.prefill;
  }

  given(answer: GivenAnswer, seconds: number): void {
    this.stages.prefill += answer.seconds.prefill;
    this.stages.tokens += answer.seconds.tokens;
    this.tokens += answer.tokens;
    this.latencies.push(seconds * 1000);
  }

  /** The record of a run that ends now. */
  record(identity: Readonly<Record<string, string>>, firstPrompt: string): RunRecord {
    const seconds = this.seconds;
    const sorted = Float64Array.from(this.latencies).sort();
    const rate = (amount: number): number | null => (amount === 0 ? null : amount / seconds);
    return {
      identity: { ...identity },
      firstPrompt,
      answeredNow: this.answered,
      seconds,
      stages: { ...this.stages },
      questionsPerSecond: rate(this.answered),
      tokensPerSecond: this.tokens === 0 ? null : this.tokens / Math.max(this.stages.tokens, Number.EPSILON),
      latency: sorted.length === 0 ? null : { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) },
      peakMemoryMB: process.resourceUsage().maxRSS / 1024,
    };
  }
}

/** Seconds that `work` took, and what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const startedAt = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - startedAt) / 1000 };
}
