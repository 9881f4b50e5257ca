import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { evaluateModel } from "../../../src/benchmark/run/evaluate-model.js";
import { evaluateAnswers } from "../../../src/benchmark/compare/evaluate.js";
import { loadAnswerer } from "../../../src/vlm/load-answerer.js";
import type { Results } from "../../../src/benchmark/scoring/results.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const GOLDENS = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "goldens", "choices");
const root = temporaryFolder();

interface Expected {
  readonly llm: string;
  readonly conversation: string;
  readonly accuracy: Readonly<Record<string, number>>;
  /** By question, choice and token. */
  readonly logprobs: readonly (readonly (readonly number[])[])[];
}

const { tolerance, expected } = JSON.parse(readFileSync(join(GOLDENS, "logprobs.json"), "utf8")) as {
  readonly tolerance: number;
  readonly expected: readonly Expected[];
};

const shared = {
  ...{ benchmark: "custom", data: join(GOLDENS, "questions.jsonl"), selection: { limit: null, seed: null } },
  ...{ blind: false, baselines: [], tool: "test" },
};

/** Runs the questions; makes of each answer its text and the log-probabilities beside it. */
async function run({ llm, conversation }: Expected, output: string, variant?: string) {
  const model = {
    adapter: join(WORLD, "adapters", llm, "anchored"),
    llm: join(WORLD, llm),
    vision: join(WORLD, "vision"),
  };
  const results = (await evaluateModel({
    ...{ ...shared, images: join(WORLD, "images"), output, variant },
    ...{ shard: null, restart: false, skipMissing: false, reusePrefix: true },
    load: () =>
      loadAnswerer({
        ...{ model, conversation: conversation === "none" ? "none" : undefined },
        ...{ dtype: "f32", threads: 1, cacheFolder: join(root, "cache") },
      }),
  })) as Results;
  const lines = readFileSync(join(output, "answers.jsonl"), "utf8").trimEnd().split("\n");
  return {
    results,
    answers: lines.map((line) => JSON.parse(line) as { readonly text: string; readonly choice_logprobs: number[][] }),
  };
}

describe.each(expected.map((golden) => [golden.llm, golden.conversation, golden] as const))(
  "%s, %s: choices",
  (llm, conversation, golden) => {
    test("are as likely as PyTorch finds them, and rank as its sums do", async () => {
      const output = join(root, `${llm} ${conversation}`);
      const { results, answers } = await run(golden, output, "likelihood");
      expect(answers.map(({ choice_logprobs }) => choice_logprobs.map(({ length }) => length))).toEqual(
        golden.logprobs.map((choices) => choices.map(({ length }) => length)),
      );
      const differences = answers.flatMap(({ choice_logprobs }, row) =>
        choice_logprobs.flatMap((choice, index) =>
          choice.map((value, at) => Math.abs(value - golden.logprobs[row]![index]![at]!)),
        ),
      );
      expect(Math.max(...differences)).toBeLessThan(tolerance);
      for (const [name, accuracy] of Object.entries(golden.accuracy)) {
        expect([name, results.variants[name]!["accuracy"]]).toEqual([name, expect.closeTo(accuracy, 9)]);
      }
      expect(results).toMatchObject({ variant: "likelihood", primary: { value: golden.accuracy["likelihood"] } });
      expect(results.details["by category"]).toMatchObject({ "likelihood/count": 13 });

      // Answers that were kept are ranked again without the model; a seeing and a blind run compare as any others do.
      const answersFile = join(output, "answers.jsonl");
      const again = await evaluateAnswers({ ...shared, answers: [answersFile], variant: "likelihood-per-character" });
      expect(again.primary!.value).toBeCloseTo(golden.accuracy["likelihood-per-character"]!, 9);
    }, 60_000);
  },
);
