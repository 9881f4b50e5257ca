import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import { grouped } from "../../cli/flag-groups.js";
import { htmlFlag, logSamplesFlag } from "../../cli/flags.js";
import { mergeRuns } from "../../src/benchmark/run/merge.js";
import type { Results } from "../../src/benchmark/scoring/results.js";
import { checkReportFile, writeReportFile } from "../../src/files/report-file.js";
import { evalHtml, evalText } from "../../src/benchmark/report/eval-report.js";

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
      html: htmlFlag,
    },
    { inputs: ["data", "baseline"], output: ["output", "log-samples", "html"] },
  );

  async run(): Promise<Results> {
    const { argv, flags } = await this.parse(EvalMerge);
    if (flags.html !== undefined) await checkReportFile(flags.html);
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
    if (flags.html !== undefined) await writeReportFile(flags.html, evalHtml(results));
    return this.show(results, evalText);
  }
}
