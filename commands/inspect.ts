import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { grouped } from "../cli/flag-groups.js";
import { folderArg, htmlFlag } from "../cli/flags.js";
import type { Part } from "../src/hub/fetch-part.js";
import { checkReportFile, writeReportFile } from "../src/files/report-file.js";
import { inspectHtml, inspectText, type InspectResult } from "../src/inspect/inspect-report.js";
import { inspect } from "../src/inspect/inspect.js";

export default class Inspect extends BaseCommand {
  static override summary = "Show what an adapter, an LLM or a tokenizer holds, or how the tokens of two overlap.";
  static override description =
    "With one folder: its parts, sizes and odd rows. With two: how many tokens of SOURCE (an adapter's rows, or a whole " +
    "tokenizer) the tokenizer of TARGET has, by class, frequency and script. Folders are paths, or org/name of the " +
    "Hugging Face Hub.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> adapter-qwen2-0.5b",
    "<%= config.bin %> <%= command.id %> Qwen/Qwen2.5-7B-Instruct TinyLlama/TinyLlama-1.1B-Chat-v1.0",
    "<%= config.bin %> <%= command.id %> qwen2.5 llama-3 --counts caption_counts.json --html overlap.html",
  ];
  static override args = {
    source: folderArg({ description: "adapter, LLM or tokenizer", required: true }),
    target: folderArg({ description: "LLM or tokenizer to compare it with" }),
  };
  static override flags = grouped(
    {
      counts: Flags.string({
        description: "JSON of token to count, which weights the comparison by how often tokens occur",
        helpValue: "FILE",
      }),
      vocab: Flags.string({ description: "vocabulary file of an adapter that came without one", helpValue: "FILE" }),
      html: htmlFlag,
    },
    { inputs: ["counts", "vocab"], output: ["html"] },
  );

  /** To compare two vocabularies of 260,000 tokens takes seconds in which no signal would be seen. */
  protected override readonly endsInOrder = false;

  protected override readonly partOf = (): Part => "headers";

  async run(): Promise<InspectResult> {
    const { args, flags } = await this.parse(Inspect);
    if (flags.html !== undefined) await checkReportFile(flags.html);
    const result = await inspect(args.source, args.target, {
      countsFile: flags.counts,
      vocabularyFile: flags.vocab,
      signal: this.signal,
      onProgress: this.progress,
    });
    if (flags.html !== undefined) await writeReportFile(flags.html, inspectHtml(result));
    return this.show(result, () => inspectText(result, { colour: this.colour }));
  }
}
