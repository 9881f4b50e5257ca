import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readTimings, sumTimings, timingLine, type Timing } from "../../../src/benchmark/run/timings.js";
import { dataFolder } from "../../helpers/data-folder.js";

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

test("timings of several shards add up; speed is that of one process, memory that of the largest", () => {
  const sums = sumTimings([
    timing({}),
    timing({ latencyMs: 300, peakMemoryMB: 120 }),
    timing({ seconds: 2, tokens: 0.8, latencyMs: 500 }),
  ]);
  expect(sums).toMatchObject({ questions: 3, seconds: 4, questionsPerSecond: 0.75, peakMemoryMB: 120 });
  expect(sums.latency).toEqual({ p50: 500, p95: 680 });
  expect(sums.stages.tokens).toBeCloseTo(1.6, 12);
  expect(sums.tokensPerSecond).toBeCloseTo(12 / 1.6, 12);
});

test("a line reads back as it was; one that a killed process left torn is passed over", async () => {
  const folder = dataFolder({ "a.jsonl": `${timingLine(timing({}))}\n{"seconds":0.1` });
  expect(await readTimings(join(folder, "a.jsonl"))).toEqual([timing({})]);
  expect(await readTimings(join(folder, "b.jsonl"))).toEqual([]);
});

test("nothing timed has no speed", () => {
  expect(sumTimings([])).toMatchObject({
    questions: 0,
    questionsPerSecond: null,
    tokensPerSecond: null,
    latency: null,
  });
});
