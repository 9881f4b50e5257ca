import { describe, expect, test } from "@jest/globals";
import { normaliseAnswer, softAccuracy } from "../../../../src/benchmark/tasks/rules/evalai.js";

describe("normaliseAnswer", () => {
  // Values of EvalAIAnswerProcessor in LLaVA's m4c_evaluator.py.
  test.each([
    ["The Dog.", "dog"],
    ["two  birds", "2 birds"],
    ["dont know", "don't know"],
    ["couldnt've", "couldn't've"],
    ["somebody'd", "somebodyd"],
    ["3.5 oz.", "3.5 oz"],
    ["1,000", "1000"],
    ["red-white", "red white"],
    ["red - white", "red white"],
    ["coca-cola / pepsi", "coca cola pepsi"],
    ["mcdonald's", "mcdonald 's"],
    ["none", "0"],
    ["", ""],
    ["a.b.c", "abc"],
  ])("%j is %j", (answer, wanted) => {
    expect(normaliseAnswer(answer)).toBe(wanted);
  });

  test("drops 32 full stops and no more, as the official call does", () => {
    expect(normaliseAnswer(".".repeat(40))).toBe(".".repeat(8));
  });
});

describe("softAccuracy", () => {
  const humans = (agreeing: number): string[] =>
    Array.from({ length: 10 }, (_, index) => (index < agreeing ? "a" : "b"));

  test.each([
    [0, 0],
    [1, 0.3],
    [2, 0.6],
    [3, 0.9],
    [4, 1],
    [10, 1],
  ])("%i of ten people agreeing give %f", (agreeing, wanted) => {
    expect(softAccuracy("a", humans(agreeing))).toBeCloseTo(wanted, 12);
  });
});
