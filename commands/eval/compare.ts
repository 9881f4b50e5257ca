import { Args } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import { grouped } from "../../cli/flag-groups.js";
import { tableFlag } from "../../cli/flags.js";
import { checkTableFiles, writeTableFiles } from "../../cli/table-files.js";
import { readSystem } from "../../src/benchmark/compare/find-results.js";
import { compareSystems, type ResultsTable } from "../../src/benchmark/compare/results-table.js";
import { tableText } from "../../src/benchmark/report/table-report.js";

export default class EvalCompare extends BaseCommand {
  static override summary = "Set results of eval beside one another, with paired tests.";
  static override description =
    "RESULTS is a results.json, the --output of a run, or that of several benchmarks. The first that has a run is the baseline of this run for those " +
    "behind it; blind runs among them are the floor of retention.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> before after",
    "<%= config.bin %> <%= command.id %> before blind sparse ridge --table table.tex --table table.md",
  ];
  static override strict = false;
  static override args = { results: Args.string({ description: "results of one model", required: true }) };
  static override flags = grouped({ table: tableFlag }, { output: ["table"] });

  async run(): Promise<ResultsTable> {
    const { argv, flags } = await this.parse(EvalCompare);
    await checkTableFiles(flags.table);
    this.progress({ stage: "reading results", done: 0, total: 0 });
    const systems = await Promise.all((argv as string[]).map(readSystem));
    const table = compareSystems(systems);
    await writeTableFiles(flags.table, table);
    return this.show(table, tableText);
  }
}
