import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { sumTimings, timingLine, type Timing } from "../../src/benchmark/timings.js";
import { dataFolder } from "../helpers/data-folder.js";

const timing = (changes: Partial<Timing>): Timing => ({
  ...{
    seconds: 1,
    decode: 0.1,
    vision: 0.2,
    prefill: 0.3,
    tokens: 0.4,
    tokenCount: 4,
    latencyMs: 700,
    peakMemoryMB: 100,
  },
  ...changes,
});

test("timings of several shards add up; speed is that of one process, memory that of the largest", async () => {
  const folder = dataFolder({
    "a.jsonl": `${timingLine(timing({}))}\n${timingLine(timing({ latencyMs: 300, peakMemoryMB: 120 }))}\n`,
    "b.jsonl": `${timingLine(timing({ seconds: 2, tokens: 0.8, latencyMs: 500 }))}\n`,
  });
  const sums = await sumTimings([join(folder, "a.jsonl"), join(folder, "b.jsonl")]);
  expect(sums).toMatchObject({ questions: 3, seconds: 4, questionsPerSecond: 0.75, peakMemoryMB: 120 });
  expect(sums.latency).toEqual({ p50: 500, p95: 680 });
  expect(sums.stages.tokens).toBeCloseTo(1.6, 12);
  expect(sums.tokensPerSecond).toBeCloseTo(12 / 1.6, 12);
});

test("a line that a killed process left torn is passed over", async () => {
  const folder = dataFolder({ "a.jsonl": `${timingLine(timing({}))}\n{"seconds":0.1` });
  expect((await sumTimings([join(folder, "a.jsonl")])).questions).toBe(1);
});

test("nothing timed has no speed", async () => {
  expect(await sumTimings([])).toMatchObject({
    questions: 0,
    questionsPerSecond: null,
    tokensPerSecond: null,
    latency: null,
  });
});
