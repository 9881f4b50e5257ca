import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { grouped } from "../cli/flag-groups.js";
import { executionFlags, featuresFlag, folderFlag } from "../cli/flags.js";
import { UsageError } from "../cli/usage-error.js";
import { LENSES, type LensName } from "../src/explain/lens.js";
import { planExplanation, planFeatureExplanation } from "../src/explain/plan-explanation.js";
import type { ExplainSummary } from "../src/explain/explain-summary.js";
import { checkOutputFolder } from "../src/files/atomic-folder.js";
import { writeExplanation } from "../src/explain/explain-folder.js";
import { explainText } from "../src/explain/page/explain-report.js";

export default class Explain extends BaseCommand {
  static override summary = "Show which tokens every patch of an image is made of.";
  static override description =
    "Looks at each IMAGE through the vision tower and the adapter, and writes a folder: index.html with the pictures under their patches, " +
    "patches.jsonl with every patch of every image, and explain.json with what it was made of. With --features, IMAGE is the name of an entry " +
    "of that file; all entries where none is named.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> photo.jpg --adapter adapter --vision openai/clip-vit-large-patch14-336 --output seen",
    "<%= config.bin %> <%= command.id %> a.jpg b.jpg --adapter before --compare after --vision clip-vit-large-patch14-336 --output seen",
    "<%= config.bin %> <%= command.id %> --adapter sound-adapter --features sounds.safetensors --output heard",
  ];
  static override usage = [
    "<%= command.id %> IMAGE... --adapter DIR --vision DIR --output DIR [flags]",
    "<%= command.id %> [ENTRY...] --adapter DIR --features FILE --output DIR [flags]",
  ];
  static override strict = false;
  static override args = { image: Args.string({ description: "JPEG, PNG, WebP or GIF file" }) };
  static override flags = grouped(
    {
      adapter: folderFlag({ required: true, description: "adapter to look through" }),
      vision: folderFlag({ description: "vision tower that the adapter was trained with" }),
      features: featuresFlag({ exclusive: ["vision"] }),
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
      inputs: ["adapter", "vision", "features", "llm", "compare", "vocab", "vocab-matrix"],
      output: ["output", "top", "contrast", "force"],
    },
  );

  async run(): Promise<ExplainSummary> {
    const { argv, flags } = await this.parse(Explain);
    const { force = false } = flags;
    const images = argv as string[];
    const sources = [
      ...(flags.features === undefined ? images : []),
      flags.adapter,
      flags.compare,
      flags.vision,
      flags.features,
      flags.llm,
      flags["base-llm"],
      flags.vocab,
      flags["vocab-matrix"],
    ];
    await checkOutputFolder(flags.output, { force, sources });
    const shared = { signal: this.signal, onProgress: this.progress };
    const through = {
      ...{ adapter: flags.adapter, compare: flags.compare, llm: flags.llm, baseLlm: flags["base-llm"] },
      ...{ vocabularyFile: flags.vocab, matrixFile: flags["vocab-matrix"] },
      ...{ by: flags.by, top: flags.top, contrast: flags.contrast, k: flags.k, words: flags.words },
      ...shared,
    };
    const { features, vision } = flags;
    const entries = images.length === 0 ? undefined : images;
    const plan =
      features === undefined
        ? await planExplanation({ ...through, ...requirePictures(images, vision) })
        : await planFeatureExplanation({ ...through, features, entries });
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

function requirePictures(images: readonly string[], vision: string | undefined) {
  if (vision !== undefined && images.length > 0) return { images, vision };
  const missing = [...(images.length === 0 ? ["IMAGE"] : []), ...(vision === undefined ? ["--vision"] : [])];
  throw new UsageError(
    `${missing.join(", ")}: not given; name pictures and the vision tower that sees them, or --features, made elsewhere`,
  );
}
