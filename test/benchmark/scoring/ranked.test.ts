import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { evaluateAnswers } from "../../../src/benchmark/compare/evaluate.js";
import type { Results } from "../../../src/benchmark/scoring/results.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";

const QUESTIONS = [
  { id: 1, image: "a.png", question: "What?", scoring: "likelihood", choices: ["cat", "dog"], answers: ["dog"] },
  { id: 2, image: "b.png", question: "Who?", scoring: "likelihood", choices: ["cat", "dog"], answers: ["dog"] },
  { id: 3, image: "b.png", question: "Red?", answers: ["yes"] },
];

type Line = { readonly question_id: number; readonly text: string; readonly choice_logprobs?: number[][] };

const RANKED: readonly Line[] = [
  { question_id: 1, text: "dog", choice_logprobs: [[-2], [-1]] },
  { question_id: 2, text: "cat", choice_logprobs: [[-1], [-1.5, -0.2]] },
  { question_id: 3, text: "Yes" },
];

function optionsOf(answers: readonly Line[]) {
  const folder = dataFolder({ "questions.jsonl": jsonLines(QUESTIONS), "answers.txt": jsonLines([...answers]) });
  return {
    ...{ benchmark: "custom", data: join(folder, "questions.jsonl"), answers: [join(folder, "answers.txt")] },
    ...{
      selection: { limit: null, seed: null },
      blind: false,
      tool: "test",
      baselines: [],
      output: join(folder, "out"),
    },
  };
}

const score = (answers: readonly Line[], variant?: string): Promise<Results> =>
  evaluateAnswers({ ...optionsOf(answers), variant });

describe("answers with likelihoods of their choices", () => {
  test("are ranked by every variant, beside what they say; rows without choices keep their scoring", async () => {
    const { variants, primary } = await score(RANKED, "likelihood");
    expect(primary).toEqual({ name: "accuracy", value: 2 / 3, unit: "fraction" });
    expect(variants).toEqual({
      llava: { accuracy: 2 / 3 },
      likelihood: { accuracy: 2 / 3 },
      "likelihood-per-character": { accuracy: 2 / 3 },
      "likelihood-per-token": { accuracy: 1 },
      "first-token": { accuracy: 2 / 3 },
    });
  });

  test("compare with a baseline of the same ranking, by image", async () => {
    const options = optionsOf(RANKED);
    await evaluateAnswers({ ...options, variant: "likelihood" });
    const baselines = [join(options.output, "results.json")];
    const { comparison } = await evaluateAnswers({ ...options, variant: "likelihood", baselines });
    expect(comparison).toMatchObject({ before: 2 / 3, after: 2 / 3, retention: 1, groups: 2 });
    await expect(evaluateAnswers({ ...options, variant: "first-token", baselines })).rejects.toThrow(
      /was scored by the variant likelihood, this one by first-token/,
    );
  });

  test("rankings are not shown where answers came without them, and cannot be asked for", async () => {
    const bare = RANKED.map(({ question_id, text }) => ({ question_id, text }));
    expect(Object.keys((await score(bare)).variants)).toEqual(["llava"]);
    expect(Object.keys((await score([RANKED[0]!, bare[1]!])).variants)).toEqual(["llava"]);
    await expect(score(bare, "first-token")).rejects.toThrow(
      /--metric-variant first-token: the answer to question 1 has no likelihoods of its choices \("choice_logprobs"\); ask/,
    );
  });

  test.each([
    [
      [[-1]],
      /line 1: choice_logprobs are those of 1 choices, the question has 2; are these answers to another data set/,
    ],
    [[[-1], []], /line 1: "choice_logprobs\.1"/],
    [[[-1], [0.5]], /line 1: "choice_logprobs\.1\.0"/],
  ])("%j is refused", async (choice_logprobs, message) => {
    await expect(score([{ question_id: 1, text: "dog", choice_logprobs }])).rejects.toThrow(message);
  });
});
