import { Args, Flags } from "@oclif/core";
import { HUB_SCHEME, isRepositoryName } from "../src/hub/repository.js";
import { exists } from "../src/files/look.js";
import { hubCacheFolder, resolveFolder } from "../src/checkpoint/hub-cache.js";

/** The folder of the local Hugging Face cache. */
export const hubCache = (): string => hubCacheFolder(process.env);

/** Checks a folder argument, and makes an address of one that names no folder here but may be a repository: the command fetches it. */
export async function parseFolder(argument: string): Promise<string> {
  if (argument.startsWith(HUB_SCHEME)) return argument;
  const names = isRepositoryName(argument) && !(await exists(argument));
  return names ? `${HUB_SCHEME}${argument}` : resolveFolder(argument, { hubCache: hubCache() });
}

export const htmlFlag = Flags.string({ description: "also write the report as one HTML file", helpValue: "FILE" });

/** Flags of the page of an evaluation. */
export const evalPageFlags = {
  html: Flags.string({
    description:
      "also write the report as a page of one file; of one benchmark, with its questions as JSON and CSV beside it",
    helpValue: "FILE",
  }),
  "baseline-answers": Flags.string({
    multiple: true,
    dependsOn: ["html", "baseline"],
    description: "answer files of the baseline for the page, where they do not lie beside its results.json",
    helpValue: "FILE",
  }),
  explained: Flags.string({
    dependsOn: ["html"],
    description: "folder that langbridge explain wrote of the same pictures; the page links them",
    helpValue: "DIR",
  }),
};

export const tableFlag = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  description: "also write the table as a file: .md, .tex or .json; may be repeated",
  helpValue: "FILE",
});

export const logSamplesFlag = Flags.boolean({
  default: false,
  description: "also write samples.jsonl: every question with its answer and how it was judged",
});

/** A folder argument of a command. */
export const folderArg = Args.custom<string>({ parse: parseFolder });

interface ExecutionFlagOptions<Dtype extends string> {
  readonly dtypes: readonly Dtype[];
  /** What `--dtype` is the precision of. */
  readonly precisionOf: string;
  readonly exclusive?: string[];
  readonly helpGroup?: string;
}

/** Where and how models run. */
export const executionFlags = <Dtype extends string>({
  dtypes,
  precisionOf,
  ...common
}: ExecutionFlagOptions<Dtype>) => ({
  device: Flags.string({ ...common, description: "cpu (default), cuda, cuda:N or webgpu", helpValue: "DEVICE" }),
  dtype: Flags.option({ ...common, options: dtypes, description: `precision of ${precisionOf}` })(),
  threads: Flags.integer({
    ...common,
    min: 1,
    description: "threads of the CPU's arithmetic; one per core if not given",
  }),
});

/** A flag that names a folder. */
export const folderFlag = Flags.custom<string>({ parse: parseFolder, helpValue: "DIR" });

/** A flag that names a file of features. */
export const featuresFlag = Flags.custom<string>({
  helpValue: "FILE",
  description:
    "features in place of a vision tower's, of pictures, sounds or anything else: an entry an item, .safetensors or .npy",
});

/** What weights are written as, by the value of `--dtype`; keep: each as it lies. */
export const WRITTEN_DTYPES = { keep: "keep", f32: "F32", f16: "F16", bf16: "BF16" } as const;
export const WRITTEN_DTYPE_NAMES = Object.keys(WRITTEN_DTYPES) as (keyof typeof WRITTEN_DTYPES)[];

/** What an export writes weights as: those, and blocks of 8 or 4 bits. */
export const EXPORT_DTYPES = { ...WRITTEN_DTYPES, q8: "Q8", q4: "Q4" } as const;
export const EXPORT_DTYPE_NAMES = Object.keys(EXPORT_DTYPES) as (keyof typeof EXPORT_DTYPES)[];
