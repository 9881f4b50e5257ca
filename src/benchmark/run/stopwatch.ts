import type { GivenAnswer, ImageContext } from "../../vlm/answerer.js";
import type { Timing } from "./timings.js";

/** Measures the time from one answer to the next, by stages. */
export class Stopwatch {
  private answers = 0;
  private readonly startedAt = performance.now();
  private lastAt = this.startedAt;
  private stages = NO_STAGES;

  /** Questions answered so far. */
  get answered(): number {
    return this.answers;
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  decoded(seconds: number): void {
    this.stages = { ...this.stages, decode: this.stages.decode + seconds };
  }

  opened({ seconds: { vision, prefill } }: ImageContext): void {
    this.stages = { ...this.stages, vision: this.stages.vision + vision, prefill: this.stages.prefill + prefill };
  }

  /** The timing of the answer that just came; the first one about an image includes the image's share. */
  given(answer: GivenAnswer, latencySeconds: number): Timing {
    const now = performance.now();
    const timing = {
      seconds: (now - this.lastAt) / 1000,
      decode: this.stages.decode,
      vision: this.stages.vision,
      prefill: this.stages.prefill + answer.seconds.prefill,
      tokens: answer.seconds.tokens,
      tokenCount: answer.tokens,
      latencyMs: latencySeconds * 1000,
      peakMemoryMB: process.resourceUsage().maxRSS / 1024,
    };
    this.lastAt = now;
    this.stages = NO_STAGES;
    this.answers += 1;
    return timing;
  }
}

const NO_STAGES: { readonly decode: number; readonly vision: number; readonly prefill: number } = {
  decode: 0,
  vision: 0,
  prefill: 0,
};
