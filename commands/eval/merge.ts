import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import { grouped } from "../../cli/flag-groups.js";
import { evalPageFlags, logSamplesFlag } from "../../cli/flags.js";
import { mergeRuns } from "../../src/benchmark/run/merge.js";
import type { Results } from "../../src/benchmark/scoring/results.js";
import { answersFile } from "../../src/benchmark/run/answer-places.js";
import { readManifest } from "../../src/benchmark/run/run-store.js";
import { evalPage } from "../../src/benchmark/report/eval-page.js";
import { checkPageFiles, writePageFiles } from "../../src/pages/page-files.js";
import { evalText } from "../../src/benchmark/report/eval-report.js";

export default class EvalMerge extends BaseCommand {
  static override summary = "Put the answers of shards together and score them as one run.";
  static override description =
    "DIR is the --output of a shard; shards that wrote into one folder are merged from that one.";
  static override examples = ["<%= config.bin %> <%= command.id %> shard-0 shard-1 shard-2 shard-3 --output whole"];
  static override strict = false;
  static override args = { dir: Args.string({ description: "folder of a shard", required: true }) };
  static override flags = grouped(
    {
      output: Flags.string({
        char: "o",
        required: true,
        description: "folder for answers.jsonl and results.json",
        helpValue: "DIR",
      }),
      data: Flags.string({ description: "data folder, where it has moved since the shards ran", helpValue: "DIR" }),
      "metric-variant": Flags.string({
        description: "whose rules score: llava (default), strict, lmms-eval, where they differ",
        helpValue: "NAME",
      }),
      baseline: Flags.string({
        multiple: true,
        description: "results.json to compare with; that of a blind run becomes the floor of retention",
        helpValue: "RESULTS",
      }),
      "log-samples": logSamplesFlag,
      ...evalPageFlags,
    },
    { inputs: ["data", "baseline", "baseline-answers", "explained"], output: ["output", "log-samples", "html"] },
  );

  async run(): Promise<Results> {
    const { argv, flags } = await this.parse(EvalMerge);
    if (flags.html !== undefined) await checkPageFiles(flags.html, "questions");
    const results = await mergeRuns({
      folders: argv as string[],
      output: flags.output,
      data: flags.data,
      variant: flags["metric-variant"],
      baselines: flags.baseline ?? [],
      tool: `langbridge ${this.config.version}`,
      logSamples: flags["log-samples"],
      signal: this.signal,
      onProgress: this.progress,
    });
    const { html, data, output, explained, baseline: baselines = [] } = flags;
    if (html !== undefined) {
      const { dataFolder } = await readManifest((argv as string[])[0]!);
      const from = { data: data ?? dataFolder, answers: [answersFile(output)] };
      const compared = { baselines, baselineAnswers: flags["baseline-answers"] };
      const made = await evalPage({ ...from, ...compared, results, explained, page: html, onProgress: this.progress });
      await writePageFiles(html, made);
    }
    return this.show(results, evalText);
  }
}
