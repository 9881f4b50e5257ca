import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { grouped } from "../cli/flag-groups.js";
import { featuresFlag, folderArg, folderFlag, WRITTEN_DTYPE_NAMES, WRITTEN_DTYPES } from "../cli/flags.js";
import { ALIGN_METHODS, type AlignName } from "../src/transfer/align/methods.js";
import { planSummary, type PlanSummary } from "../src/transfer/plan/plan-summary.js";
import {
  MISSING_STRATEGIES,
  planTransfer,
  type MissingStrategy,
  type TransferPlan,
} from "../src/transfer/plan/plan-transfer.js";
import type { TransferReport } from "../src/transfer/report/report.js";
import { distilTransfer, type DistilReport } from "../src/transfer/distil/distil-transfer.js";
import { executeTransfer } from "../src/transfer/transfer.js";
import type { Part } from "../src/hub/fetch-part.js";
import { planTable, reportTable } from "../src/transfer/report/transfer-table.js";
import { parseOverride } from "../src/vocabulary/user-rows.js";
import { UsageError } from "../cli/usage-error.js";

export default class Transfer extends BaseCommand {
  static override summary = "Transfer an adapter to another LLM: keep its weights, swap the vocabulary embeddings.";
  static override description =
    "ADAPTER is a LangBridge adapter folder, an mm_projector.bin or a LLaVA folder; TARGET is the folder of the LLM to transfer it to. " +
    "Folders are paths, or org/name of the Hugging Face Hub.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> adapter-qwen2-0.5b Qwen/Qwen2.5-7B-Instruct --output adapter-qwen2.5-7b",
    "<%= config.bin %> <%= command.id %> mm_projector.bin llama-3-8b --vocab 19200_Qwen.json --output out --official",
  ];
  static override args = {
    adapter: folderArg({ description: "adapter to transfer", required: true }),
    target: folderArg({ description: "LLM to transfer it to", required: true }),
  };
  static override flags = grouped(
    {
      output: Flags.string({ char: "o", description: "folder to write", helpValue: "DIR" }),
      "base-llm": folderFlag({ description: "LLM that TARGET, a LoRA, changes" }),
      source: folderFlag({
        description: "LLM the adapter was trained for: proves its matrix, recovers an unknown vocabulary",
      }),
      vocab: Flags.string({ description: "vocabulary file the adapter was trained with", helpValue: "FILE" }),
      "vocab-matrix": Flags.string({
        description: "file that holds the adapter's vocabulary matrix",
        helpValue: "FILE",
      }),
      missing: Flags.option({
        options: Object.keys(MISSING_STRATEGIES) as MissingStrategy[],
        description: "what becomes of a token the target lacks; subword when left out",
      })(),
      align: Flags.option({
        options: Object.keys(ALIGN_METHODS) as AlignName[],
        description: `how the target's rows come about; ${Object.entries(ALIGN_METHODS)
          .map(([name, { summary }]) => `${name}: ${summary}`)
          .join("; ")}`,
      })(),
      override: Flags.string({
        multiple: true,
        multipleNonGreedy: true, // Else one --override before the folders takes them for further pairs.
        description: "make the row of TOKEN of the target's tokens for TEXT",
        helpValue: "TOKEN=TEXT",
      }),
      mapping: Flags.string({ description: "file of source token TAB target token TAB weight", helpValue: "FILE" }),
      k: Flags.integer({ description: "sparse: source tokens of a patch" }),
      words: Flags.integer({
        description: "sparse, soft: how many of the adapter's first tokens count in full; later ones count less",
      }),
      threshold: Flags.string({
        description:
          "sparse: how well a further token must fit the residual of a patch, as a share of how well the first fitted",
        helpValue: "T",
      }),
      images: Flags.string({
        description: "folder of pictures without labels: contextual learns words from them, sparse chooses k by them",
        helpValue: "DIR",
        dependsOn: ["vision"],
      }),
      vision: folderFlag({ description: "vision tower that sees the pictures", dependsOn: ["images"] }),
      features: featuresFlag({
        exclusive: ["images", "vision"],
        description:
          "features made elsewhere, in place of --images and --vision: an entry an item, .safetensors or .npy, for adapters of sounds and other encoders",
      }),
      "word-list": Flags.string({
        description:
          "contextual: file of the words to ask for; left out, some ten thousand English nouns and adjectives",
        helpValue: "FILE",
      }),
      questions: Flags.integer({ description: "contextual: patches that the source LLM is asked about, at most" }),
      turns: Flags.integer({
        description: "contextual: patches one behind another take turns among this many of their best words",
      }),
      temperature: Flags.string({ description: "soft: temperature of the softmax over cosines", helpValue: "T" }),
      lambda: Flags.string({
        description: "ridge: what holds the map back; left out, the value that predicts held-out tokens best",
        helpValue: "L",
      }),
      centre: Flags.boolean({
        allowNo: true,
        description: "ridge, procrustes: take the mean row of each table off first",
      }),
      rescale: Flags.boolean({
        allowNo: true,
        description: "ridge, procrustes: make the mapped shared rows as long as the target's",
      }),
      projector: Flags.option({
        options: ["mlp"] as const,
        description:
          "mlp: fit an ordinary two-layer projector (mlp2x_gelu) to what the method makes of the pictures, for other software",
      })(),
      units: Flags.integer({
        description: "mlp: units of the hidden layer; left out, as many as the target is wide",
        dependsOn: ["projector"],
      }),
      pictures: Flags.integer({
        description: "mlp: pictures used, at most, spread evenly over the folder [default: 1000]",
        dependsOn: ["projector"],
      }),
      dtype: Flags.option({
        options: WRITTEN_DTYPE_NAMES,
        default: "keep" as const,
        description: "dtype of the new weights; keep: as in the checkpoints they come from",
      })(),
      official: Flags.boolean({
        // Those of a distilled adapter are made of its folder, by export.
        exclusive: ["projector"],
        description: "add the files and flags that the official training code takes",
      }),
      "dry-run": Flags.boolean({ description: "print the plan and write nothing" }),
      force: Flags.boolean({ description: "replace an output folder that is not empty" }),
    },
    {
      inputs: ["source", "vocab", "vocab-matrix", "override", "mapping", "images", "vision", "features", "word-list"],
      output: ["output", "dtype", "official", "dry-run", "force"],
    },
  );

  /** Rows of the tables are all that is read of LLMs, unless the source LLM is asked questions. */
  protected override readonly partOf = (name: string, flags: Readonly<Record<string, unknown>>): Part | undefined => {
    if (name === "target" || name === "base-llm") return "table";
    const { needsPictures = false } = ALIGN_METHODS[flags["align"] as AlignName] ?? {};
    return name === "source" && !needsPictures ? "table" : undefined;
  };

  async run(): Promise<PlanSummary | TransferReport | DistilReport> {
    const { args, flags } = await this.parse(Transfer);
    const sizes = requireSizes(flags);
    const plan = await planTransfer({
      ...args,
      baseLlm: flags["base-llm"],
      source: flags.source,
      vocabularyFile: flags.vocab,
      matrixFile: flags["vocab-matrix"],
      missing: flags.missing,
      official: flags.official,
      align: flags.align,
      alignSettings: {
        k: flags.k,
        words: flags.words,
        threshold: parseNumber(flags.threshold, "--threshold"),
        temperature: parseNumber(flags.temperature, "--temperature"),
        lambda: parseNumber(flags.lambda, "--lambda"),
        centre: flags.centre,
        rescale: flags.rescale,
        turns: flags.turns,
        questions: flags.questions,
      },
      examples: examplesOf(flags),
      overrides: flags.override?.map(parseOverride),
      mappingFile: flags.mapping,
      wordList: flags["word-list"],
      distilled: flags.projector !== undefined,
      dtype: WRITTEN_DTYPES[flags.dtype],
      signal: this.signal,
      onProgress: this.progress,
    });
    if (flags["dry-run"]) return this.show(planSummary(plan), planTable);
    const output = requireOutput(flags.output);
    const options = {
      output,
      force: flags.force,
      toolVersion: this.config.version,
      cacheFolder: this.config.cacheDir,
      signal: this.signal,
      onProgress: this.progress,
      onNote: (note: string) => this.remark(note),
    };
    const report = flags.projector
      ? await distilTransfer(plan, { ...options, ...sizes })
      : await executeTransfer(plan, { ...options, official: flags.official });
    const folders = {
      adapter: args.adapter,
      source: flags.source,
      target: args.target,
      vision: flags.vision,
      features: flags.features,
      output,
      matrixFile: flags["vocab-matrix"] ?? (needsMatrix(plan.source.adapter) ? null : undefined),
    };
    return this.show(report, () => reportTable(report, folders));
  }
}

/** Whether the adapter makes mixtures of rows that it does not hold. */
const needsMatrix = ({ projector, matrix }: TransferPlan["source"]["adapter"]): boolean =>
  projector.kind === "mm_vocab" && matrix === undefined;

function examplesOf(flags: Readonly<Partial<Record<"images" | "vision" | "features", string | undefined>>>) {
  const { images, vision, features } = flags;
  if (features !== undefined) return { features };
  return images === undefined ? undefined : { images, vision: vision! };
}

function parseNumber(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== "" && !Number.isNaN(number)) return number;
  throw new UsageError(`${flag}: is ${JSON.stringify(text)}, expected a number`);
}

/** What the fit of a projector is given as numbers. */
function requireSizes(sizes: { readonly units?: number | undefined; readonly pictures?: number | undefined }) {
  const { units, pictures } = sizes;
  for (const [name, number] of Object.entries({ units, pictures })) {
    if (number !== undefined && number <= 0) {
      throw new UsageError(`--${name}: is ${number}, expected a whole number of ${name} above 0`);
    }
  }
  return { units, pictures };
}

/** A dry run writes nothing, so the flag is required only here. */
function requireOutput(output: string | undefined): string {
  if (output !== undefined) return output;
  throw new UsageError("--output: is missing; name the folder to write, or use --dry-run to see the plan only");
}
