import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { grouped } from "../cli/flag-groups.js";
import { executionFlags, folderFlag } from "../cli/flags.js";
import { LENSES, type LensName } from "../src/explain/lens.js";
import { planExplanation } from "../src/explain/plan-explanation.js";
import type { ExplainSummary } from "../src/explain/explain-summary.js";
import { checkOutputFolder } from "../src/files/atomic-folder.js";
import { writeExplanation } from "../src/explain/explain-folder.js";
import { explainText } from "../src/explain/page/explain-report.js";

export default class Explain extends BaseCommand {
  static override summary = "Show which tokens every patch of an image is made of.";
  static override description =
    "Looks at each IMAGE through the vision tower and the adapter, and writes a folder: index.html with the pictures under their patches, " +
    "patches.jsonl with every patch of every image, and explain.json with what it was made of.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> photo.jpg --adapter adapter --vision openai/clip-vit-large-patch14-336 --output seen",
    "<%= config.bin %> <%= command.id %> a.jpg b.jpg --adapter before --compare after --vision clip-vit-large-patch14-336 --output seen",
  ];
  static override strict = false;
  static override args = { image: Args.string({ description: "JPEG, PNG, WebP or GIF file", required: true }) };
  static override flags = grouped(
    {
      adapter: folderFlag({ required: true, description: "adapter to look through" }),
      vision: folderFlag({ required: true, description: "vision tower that the adapter was trained with" }),
      llm: folderFlag({
        description:
          "LLM whose tokens describe the patches: of an ordinary projector, or for --by cosine over all of its tokens",
      }),
      "base-llm": folderFlag({ description: "LLM that --llm, a LoRA, changes", dependsOn: ["llm"] }),
      output: Flags.string({ char: "o", required: true, description: "folder to write", helpValue: "DIR" }),
      by: Flags.option({
        options: Object.keys(LENSES) as LensName[],
        description: `how tokens are found; sparse when left out. ${Object.entries(LENSES)
          .map(([name, what]) => `${name}: ${what}`)
          .join("; ")}`,
      })(),
      top: Flags.integer({ min: 1, default: 5, description: "tokens of a patch, at most", helpValue: "N" }),
      contrast: Flags.boolean({ description: "show what a patch has more of than the mean patch of its image" }),
      k: Flags.integer({ description: "sparse: tokens that a patch is made of; 4 when left out", helpValue: "K" }),
      words: Flags.integer({
        description: "sparse: how many of the adapter's first tokens count in full; later ones count less",
        helpValue: "N",
      }),
      compare: folderFlag({ description: "another adapter, to see the same patches through" }),
      vocab: Flags.string({
        description:
          "vocabulary file of adapters that came without one; with --llm, the tokens of it that are looked for",
        helpValue: "FILE",
      }),
      "vocab-matrix": Flags.string({
        description: "file that holds the vocabulary matrix of adapters that came without it",
        helpValue: "FILE",
      }),
      ...executionFlags({ dtypes: ["f32", "f16", "bf16"], precisionOf: "vision tower and adapter" }),
      force: Flags.boolean({ description: "replace an output folder that is not empty" }),
    },
    {
      inputs: ["adapter", "vision", "llm", "compare", "vocab", "vocab-matrix"],
      output: ["output", "top", "contrast", "force"],
    },
  );

  async run(): Promise<ExplainSummary> {
    const { argv, flags } = await this.parse(Explain);
    const { force = false } = flags;
    const images = argv as string[];
    const sources = [
      ...images,
      flags.adapter,
      flags.compare,
      flags.vision,
      flags.llm,
      flags["base-llm"],
      flags.vocab,
      flags["vocab-matrix"],
    ];
    await checkOutputFolder(flags.output, { force, sources });
    const shared = { signal: this.signal, onProgress: this.progress };
    const plan = await planExplanation({
      images,
      ...{ adapter: flags.adapter, compare: flags.compare, vision: flags.vision, llm: flags.llm },
      ...{ baseLlm: flags["base-llm"] },
      ...{ vocabularyFile: flags.vocab, matrixFile: flags["vocab-matrix"] },
      ...{ by: flags.by, top: flags.top, contrast: flags.contrast, k: flags.k, words: flags.words },
      ...shared,
    });
    const { device, dtype, threads } = flags;
    const summary = await writeExplanation(plan, {
      ...{ device, dtype, threads, force, output: flags.output },
      ...{ cacheFolder: this.config.cacheDir, toolVersion: this.config.version },
      onNote: (note) => this.remark(note),
      ...shared,
    });
    return this.show(summary, (seen) => explainText(seen, { colour: this.colour }));
  }
}
