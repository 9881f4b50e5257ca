import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import { grouped } from "../../cli/flag-groups.js";
import { askedRuns, benchmarkFlags } from "../../cli/benchmark-flags.js";
import { evalPageFlags, featuresFlag, logSamplesFlag, tableFlag } from "../../cli/flags.js";
import { INPUTS, RUNNING } from "../../cli/flag-groups.js";
import { modelFlags, requireFeatureModel, requireModel } from "../../cli/model-flags.js";
import { chooseShard } from "../../cli/shard.js";
import { checkTableFiles, writeTableFiles } from "../../cli/table-files.js";
import { tableOfResults, type ResultsTable } from "../../src/benchmark/compare/results-table.js";
import { evaluateSuite } from "../../src/benchmark/run/evaluate-suite.js";
import { evaluateModel, type EvaluateModelOptions, type ShardReport } from "../../src/benchmark/run/evaluate-model.js";
import { evaluateAnswers } from "../../src/benchmark/compare/evaluate.js";
import { openEndpoint } from "../../src/vlm/endpoint-answerer.js";
import { loadAnswerer, loadFeatureAnswerer, type LoadedAnswerer } from "../../src/vlm/load-answerer.js";
import type { Results } from "../../src/benchmark/scoring/results.js";
import { isPart } from "../../src/benchmark/tasks/selection.js";
import { answersFile } from "../../src/benchmark/run/answer-places.js";
import { checkReportFile, writeReportFile } from "../../src/files/report-file.js";
import { evalLine, evalText, shardText, suiteHtml } from "../../src/benchmark/report/eval-report.js";
import { evalPage, type EvalPageOptions } from "../../src/benchmark/report/eval-page.js";
import { checkPageFiles, writePageFiles } from "../../src/pages/page-files.js";
import { tableText } from "../../src/benchmark/report/table-report.js";
import { UsageError } from "../../cli/usage-error.js";

/** Flags of a run mean nothing where answers exist already. */
const ofModel = { exclusive: ["answers"] };

export default class Eval extends BaseCommand {
  static override summary = "Score a benchmark as its official script does, and say what changed against a baseline.";
  static override description =
    "Asks a model the questions (--adapter, --llm and --vision, or --model) or scores answers that exist (--answers). A run keeps every " +
    "answer in --output as soon as it is there; the same command goes on where it stopped. Several benchmarks are run one after another by one model, " +
    "each in a folder of its own, and end in one table.";
  // oclif draws flags that exclude each other as empty alternatives.
  static override usage = [
    "<%= command.id %> --benchmark NAME --data DIR (--adapter DIR --llm DIR --vision DIR | --model DIR | --endpoint URL) --output DIR [flags]",
    "<%= command.id %> --benchmark NAME --data DIR --adapter DIR --llm DIR --features FILE --output DIR [flags]",
    "<%= command.id %> --benchmark NAME,NAME... --data DIR --model DIR --output DIR [flags]",
    "<%= command.id %> --runs FILE --model DIR --output DIR [flags]",
    "<%= command.id %> --benchmark NAME --data DIR --answers FILE... [flags]",
  ];
  static override examples = [
    "<%= config.bin %> <%= command.id %> --benchmark pope --data eval/pope --adapter adapter --llm Qwen/Qwen2.5-7B-Instruct --vision openai/clip-vit-large-patch14-336 --output after",
    "<%= config.bin %> <%= command.id %> --benchmark pope,gqa,textvqa --data eval --model llava-v1.5-7b --output llava --table llava.md",
    "<%= config.bin %> <%= command.id %> --benchmark pope --data eval/pope --answers after.jsonl --baseline before/results.json",
  ];
  static override flags = grouped(
    {
      ...benchmarkFlags,
      ...modelFlags(["answers", "endpoint"]),
      features: featuresFlag({
        exclusive: ["answers", "endpoint", "vision", "model", "images"],
        description:
          "features made elsewhere, in place of --vision: an entry for each image that the questions name, .safetensors or .npy, of pictures, sounds or anything else",
        helpGroup: INPUTS,
      }),
      endpoint: Flags.string({
        ...ofModel,
        description: "OpenAI-compatible server to ask instead of a model here, up to /v1",
        helpGroup: INPUTS,
        helpValue: "URL",
      }),
      "served-model": Flags.string({
        description: "what the server calls the model; may be left out where it serves one alone",
        dependsOn: ["endpoint"],
        helpGroup: INPUTS,
        helpValue: "NAME",
      }),
      concurrency: Flags.integer({
        min: 1,
        max: 256,
        description: "pictures whose questions the server is asked at once; 1 when left out",
        dependsOn: ["endpoint"],
        helpGroup: RUNNING,
        helpValue: "N",
      }),
      answers: Flags.string({
        multiple: true,
        description: "LLaVA answer files to score, parts of one whole; no model is run",
        helpValue: "FILE",
      }),
      images: Flags.string({
        ...ofModel,
        description: "folder of the images, where it is not the benchmark's own",
        helpValue: "DIR",
      }),
      output: Flags.string({ char: "o", description: "folder for answers.jsonl and results.json", helpValue: "DIR" }),
      shard: Flags.string({ ...ofModel, description: "shard I of N, from 0, by image", helpValue: "I/N" }),
      shards: Flags.integer({
        ...ofModel,
        min: 1,
        description: "number of shards; I comes from a Slurm array or an indexed job",
        helpValue: "N",
      }),
      limit: Flags.integer({ min: 1, description: "ask this many questions only", helpValue: "N" }),
      seed: Flags.integer({ min: 0, description: "draw the questions of --limit at random", helpValue: "S" }),
      restart: Flags.boolean({
        default: false,
        ...ofModel,
        description: "discard the answers of an earlier run in --output",
      }),
      "skip-missing": Flags.boolean({
        default: false,
        ...ofModel,
        description: "go on without missing images; their questions count as wrong",
      }),
      blind: Flags.boolean({
        default: false,
        description:
          "show a zero image, or a server one of a mean colour, in place of every image: the floor without seeing",
      }),
      "no-prefix-reuse": Flags.boolean({
        default: false,
        ...ofModel,
        description: "run every question from its first token, to measure the gain",
      }),
      baseline: Flags.string({
        multiple: true,
        description: "results.json to compare with; that of a blind run becomes the floor of retention",
        helpValue: "RESULTS",
      }),
      "metric-variant": Flags.string({
        description:
          "whose rules score: llava (default), strict, lmms-eval, where they differ; of custom also likelihood",
        helpValue: "NAME",
      }),
      "log-samples": logSamplesFlag,
      table: tableFlag,
      ...evalPageFlags,
    },
    {
      inputs: ["answers", "images", "baseline", "baseline-answers", "explained"],
      output: ["output", "log-samples", "table", "html"],
    },
  );

  async run(): Promise<Results | ShardReport | ResultsTable | readonly ShardReport[]> {
    const { flags } = await this.parse(Eval);
    // Known before hours of work whether they can be written.
    await checkTableFiles(flags.table);
    const selection = { limit: flags.limit ?? null, seed: flags.seed ?? null };
    const runs = await askedRuns({ ...flags, variant: flags["metric-variant"], selection });
    const several = flags.runs !== undefined || runs.length > 1;
    const [first] = runs;
    if (flags.html !== undefined)
      await (several ? checkReportFile(flags.html) : checkPageFiles(flags.html, "questions"));
    const common = {
      baselines: flags.baseline ?? [],
      logSamples: flags["log-samples"],
      tool: `langbridge ${this.config.version}`,
    };
    if (flags.answers !== undefined) {
      const { answers, output } = flags;
      if (several) throw new UsageError("--answers: belong to one benchmark; name it alone");
      if (flags["log-samples"] && output === undefined)
        throw new UsageError("--log-samples: needs --output, where they are kept");
      const { benchmark, data, variant, blind } = first!;
      const asked = { benchmark, data, variant, blind, selection: first!.selection };
      const work = { signal: this.signal, onProgress: this.progress };
      const scored = await evaluateAnswers({ ...common, ...asked, answers, output, ...work });
      return this.present(scored, flags, { data, answers });
    }
    const { shard, from } = chooseShard(flags, process.env);
    if (isPart(shard)) refuseReports(flags);
    if (from !== null) this.remark(`shard ${shard!.index} of ${shard!.count}, from ${from}`);
    const options = {
      ...common,
      output: requireOutput(flags.output),
      shard,
      restart: flags.restart,
      skipMissing: flags["skip-missing"],
      reusePrefix: !flags["no-prefix-reuse"],
      concurrency: flags.concurrency,
      features: flags.features,
      signal: this.signal,
      onProgress: this.progress,
      load: this.loader(flags),
    };
    if (several) return this.runSeveral({ ...options, runs }, flags);
    const outcome = await evaluateModel({ ...options, ...first! });
    if ("shard" in outcome) return this.show(outcome, shardText);
    return this.present(outcome, flags, {
      data: first!.data,
      images: first!.images,
      answers: [answersFile(options.output)],
    });
  }

  /** Says of each run what it came to as soon as it is done, and shows one table. */
  private async runSeveral(
    options: Parameters<typeof evaluateSuite>[0],
    { html, table: files }: ReportFlags,
  ): Promise<ResultsTable | readonly ShardReport[]> {
    const onResults = (output: string, result: Results | ShardReport): void =>
      this.remark("shard" in result ? shardText(result) : evalLine(result, output));
    const { results, shards, table } = await evaluateSuite({ ...options, onResults });
    if (shards.length > 0) return this.show(shards, (all) => all.map(shardText).join("\n"));
    if (html !== undefined) await writeReportFile(html, suiteHtml(table, results));
    await writeTableFiles(files, table);
    return this.show(table, tableText);
  }

  /** What opens the model or the server, once all else is known to be there. */
  private loader(flags: ModelOrServer): EvaluateModelOptions["load"] {
    const { endpoint: url, "served-model": served } = flags;
    if (url !== undefined) {
      const apiKey = process.env["LANGBRIDGE_API_KEY"] || undefined;
      return () => openEndpoint({ url, model: served, apiKey, onNote: (note) => this.note(note), signal: this.signal });
    }
    const open = this.opener(flags);
    return async () => {
      const loaded = await open();
      for (const warning of loaded.warnings) this.note(`warning: ${warning}`);
      return loaded;
    };
  }

  /** What loads the model, of whose parts none is missing. */
  private opener(flags: ModelOrServer): () => Promise<LoadedAnswerer<unknown>> {
    const { device, dtype, threads, context: contextLength, conv: conversation, features } = flags;
    const execution = {
      ...{ conversation, device, dtype, threads, contextLength },
      ...{ cacheFolder: this.config.cacheDir, signal: this.signal, onProgress: this.progress },
      onNote: (note: string) => this.remark(note),
    };
    if (features !== undefined) {
      const model = requireFeatureModel(flags, features);
      return () => loadFeatureAnswerer({ model, ...execution });
    }
    const model = requireModel(flags, this.fetchFolder, ", a server --endpoint, answers that exist --answers");
    return () => loadAnswerer({ model, ...execution });
  }

  private async present(
    results: Results,
    flags: PageFlags,
    page: Pick<EvalPageOptions, "data" | "images" | "answers">,
  ): Promise<Results> {
    const { html, table: files, baseline, explained } = flags;
    if (html !== undefined) {
      const baselines = { baselines: baseline ?? [], baselineAnswers: flags["baseline-answers"] };
      const onProgress = this.progress;
      const made = await evalPage({ ...page, ...baselines, results, explained, page: html, onProgress });
      await writePageFiles(html, made);
    }
    const named = { name: results.benchmark, results: new Map([[results.benchmark, results]]) };
    if (files !== undefined) await writeTableFiles(files, tableOfResults(named));
    return this.show(results, evalText);
  }
}

interface ReportFlags {
  readonly html?: string | undefined;
  readonly table?: string[] | undefined;
}

interface PageFlags extends ReportFlags {
  readonly baseline?: string[] | undefined;
  readonly "baseline-answers"?: string[] | undefined;
  readonly explained?: string | undefined;
}

type ModelOrServer = Parameters<typeof requireModel>[0] & {
  readonly [Name in "endpoint" | "served-model" | "features" | "device" | "dtype" | "conv"]?: string | undefined;
} & { readonly [Name in "threads" | "context"]?: number | undefined };

/** One shard of several has no result to report. */
function refuseReports(flags: ReportFlags & { readonly baseline?: unknown; readonly "log-samples": boolean }): void {
  const given = (["html", "table", "baseline", "log-samples"] as const)
    .filter((name) => flags[name] !== undefined && flags[name] !== false)
    .map((name) => `--${name}`);
  if (given.length === 0) return;
  throw new UsageError(`${given.join(", ")}: one shard of several has no result; give it to langbridge eval merge`);
}

function requireOutput(output: string | undefined): string {
  if (output !== undefined) return output;
  throw new UsageError("--output: not given; a run keeps its answers there as they come");
}
