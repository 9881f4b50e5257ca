import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import { BENCHMARKS } from "../../src/benchmark/benchmarks.js";
import { evaluateAnswers } from "../../src/benchmark/evaluate.js";
import type { Results } from "../../src/benchmark/results.js";
import { evalTable } from "../../src/report/eval-table.js";

export default class Eval extends BaseCommand {
  static override summary = "Score a benchmark as its official script does, and say what changed against a baseline.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --benchmark pope --data eval/pope --answers before.jsonl --output before",
    "<%= config.bin %> <%= command.id %> --benchmark pope --data eval/pope --answers after.jsonl --baseline before/results.json",
  ];
  static override flags = {
    benchmark: Flags.option({ options: Object.keys(BENCHMARKS), required: true, description: "what is scored" })(),
    data: Flags.string({
      required: true,
      description: "the benchmark's folder in LLaVA's evaluation layout",
      helpValue: "DIR",
    }),
    answers: Flags.string({
      multiple: true,
      required: true,
      description: "LLaVA answer files to score, parts of one whole",
      helpValue: "FILE",
    }),
    "metric-variant": Flags.string({
      description: "whose rules score: llava (default), strict, lmms-eval, where they differ",
      helpValue: "NAME",
    }),
    baseline: Flags.string({
      multiple: true,
      description: "results.json to compare with; that of a blind run becomes the floor of retention",
      helpValue: "RESULTS",
    }),
    limit: Flags.integer({ min: 1, description: "score this many questions only", helpValue: "N" }),
    seed: Flags.integer({ min: 0, description: "draw the questions of --limit at random", helpValue: "S" }),
    blind: Flags.boolean({ description: "mark the answers as given to a zero image: the floor without seeing" }),
    output: Flags.string({ char: "o", description: "folder for results.json", helpValue: "DIR" }),
  };

  async run(): Promise<Results> {
    const { flags } = await this.parse(Eval);
    const results = await evaluateAnswers({
      benchmark: flags.benchmark,
      data: flags.data,
      answers: flags.answers,
      variant: flags["metric-variant"],
      selection: { limit: flags.limit ?? null, seed: flags.seed ?? null },
      blind: flags.blind,
      baselines: flags.baseline ?? [],
      output: flags.output,
      tool: `langbridge ${this.config.version}`,
    });
    return this.show(results, evalTable);
  }
}
