import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { grouped } from "../cli/flag-groups.js";
import { folderFlag } from "../cli/flags.js";
import type { Part } from "../src/hub/fetch-part.js";
import { makeVocabulary, type MadeVocabulary } from "../src/ranking/make-vocabulary.js";
import { rankingText } from "../src/ranking/ranking-report.js";
import { UsageError } from "../cli/usage-error.js";

export default class Vocab extends BaseCommand {
  static override summary = "Make the shared, ranked vocabulary that an adapter is trained over.";
  static override description =
    "Counts the tokens of texts (LLaVA's conversations as JSON, JSON Lines, parquet, or plain text) with the first tokenizer, or takes files of token " +
    "to count; keeps the tokens that all tokenizers have by bytes, ranks and cuts them.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> llava_v1_5_mix665k.json --tokenizer Qwen/Qwen2.5-7B --tokenizer meta-llama/Meta-Llama-3-8B --size 19200 --output shared.json",
    "<%= config.bin %> <%= command.id %> counts.json --tokenizer qwen2.5 --tokenizer llama-3 --cover 0.99 --output shared.json",
  ];
  static override strict = false;
  static override args = { input: Args.string({ description: "file of texts, or of token to count", required: true }) };
  static override flags = grouped(
    {
      tokenizer: folderFlag({
        required: true,
        multiple: true,
        multipleNonGreedy: true,
        description: "folder of a tokenizer; the first splits the texts",
      }),
      size: Flags.integer({ min: 1, description: "number of tokens to keep", exclusive: ["cover"], helpValue: "N" }),
      cover: Flags.string({
        description: "keep as many tokens as are this share of the text, from 0 to 1",
        helpValue: "SHARE",
      }),
      output: Flags.string({
        char: "o",
        required: true,
        description:
          "file of token to id of the first tokenizer; others, the counts and a figure are written beside it",
        helpValue: "FILE",
      }),
      threads: Flags.integer({ min: 1, description: "threads that count; one per core when left out", helpValue: "N" }),
      force: Flags.boolean({ description: "replace files that are there" }),
    },
    { inputs: ["tokenizer"], output: ["output", "force"] },
  );

  protected override readonly partOf = (): Part => "headers";

  async run(): Promise<MadeVocabulary> {
    const { argv, flags } = await this.parse(Vocab);
    const { output, force, threads, size } = flags;
    const made = await makeVocabulary({
      inputs: argv as string[],
      tokenizers: flags.tokenizer,
      cut: cutOf(size, flags.cover),
      ...{ output, force, threads, signal: this.signal, onProgress: this.progress },
    });
    return this.show(made, () => rankingText(made, { colour: this.colour }));
  }
}

function cutOf(size: number | undefined, cover: string | undefined) {
  if (size !== undefined) return { size };
  const share = Number(cover);
  if (cover !== undefined && cover.trim() !== "" && share > 0 && share <= 1) return { cover: share };
  throw new UsageError(
    cover === undefined
      ? "--size, --cover: neither is given; say how many tokens to keep, or how much of the text"
      : `--cover: is ${JSON.stringify(cover)}, expected a share above 0 and up to 1`,
  );
}
