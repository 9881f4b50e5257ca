import { expect, test } from "@jest/globals";
import { scoreContinuations } from "../../../src/runtime/parts/continuations.js";

test("shares the runs of what continuations share, and runs no last token", async () => {
  const runs: string[] = [];
  const path: number[] = [];
  // Token t has the logit log(t + 1 + depth), so that its share of 4 tokens is easily said.
  const logitsAt = (depth: number): Float32Array => Float32Array.from([0, 1, 2, 3].map((t) => Math.log(t + 1 + depth)));
  const shareOf = (token: number, depth: number): number => Math.log((token + 1 + depth) / (10 + 4 * depth));
  const given = await scoreContinuations([[0, 1, 2], [3], [0, 1], [0, 2], [0, 1, 2]], logitsAt(0), (token, depth) => {
    path.splice(depth, Infinity, token);
    runs.push(path.join(" "));
    return Promise.resolve(logitsAt(depth + 1));
  });
  expect(runs).toEqual(["0", "0 1"]);
  const expected = [[0, 1, 2], [3], [0, 1], [0, 2], [0, 1, 2]].map((tokens) => tokens.map(shareOf));
  given.forEach((logprobs, index) =>
    logprobs.forEach((logprob, at) => expect(logprob).toBeCloseTo(expected[index]![at]!, 6)),
  );
  expect(given.map(({ length }) => length)).toEqual([3, 1, 2, 2, 3]);
});

test("logits far from zero neither overflow nor vanish", async () => {
  const [[high], [low]] = (await scoreContinuations([[0], [1]], Float32Array.of(5000, 4000, -5000), () =>
    Promise.reject(new Error("nothing is to be run")),
  )) as [[number], [number]];
  expect([high, low]).toEqual([0, -1000]);
});
