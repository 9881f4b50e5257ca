import { Flags } from "@oclif/core";
import { PRECISIONS } from "../src/runtime/devices/precision.js";
import type { TunedModel } from "../src/vlm/llava-source.js";
import type { AdapterModel, FeatureModel } from "../src/vlm/model-source.js";
import { INPUTS, RUNNING } from "./flag-groups.js";
import { executionFlags, folderFlag, hubCache } from "./flags.js";
import { UsageError } from "./usage-error.js";

/** The folders of a model that is not tuned as a whole. */
const ADAPTER_FLAGS = ["adapter", "llm", "vision"] as const;

/**
 * Flags that say which vision-language model runs, how it is spoken to, and where.
 *
 * @param others flags of the command that leave no room for a model
 */
export const modelFlags = (others: readonly string[] = []) => {
  const apart = others.length === 0 ? {} : { exclusive: [...others] };
  return {
    adapter: folderFlag({ description: "adapter in front of the LLM", helpGroup: INPUTS, ...apart }),
    llm: folderFlag({ description: "LLM that the adapter was made for", helpGroup: INPUTS, ...apart }),
    vision: folderFlag({
      description: "vision tower; of --model where its config.json leads to none",
      helpGroup: INPUTS,
      ...apart,
    }),
    model: folderFlag({
      description: "LLaVA folder tuned as a whole, instead of --adapter and --llm",
      helpGroup: INPUTS,
      exclusive: [...others, "adapter", "llm"],
    }),
    "base-llm": folderFlag({
      description: "LLM that a LoRA given as --llm or --model changes; also rebuilds the vocabulary matrix of --model",
      helpGroup: INPUTS,
      ...apart,
    }),
    "vocab-matrix": Flags.string({
      ...apart,
      description: "file that holds the adapter's vocabulary matrix",
      helpGroup: INPUTS,
      helpValue: "FILE",
    }),
    conv: Flags.string({
      ...apart,
      description: "LLaVA conversation, or none for the prompt alone; else the tokenizer's chat template",
      helpGroup: RUNNING,
      helpValue: "NAME",
    }),
    ...executionFlags({ ...apart, helpGroup: RUNNING, dtypes: PRECISIONS, precisionOf: "the LLM" }),
    context: Flags.integer({
      ...apart,
      min: 1,
      description: "positions kept ready for a prompt and its answer; 4096, or what the LLM reaches",
      helpGroup: RUNNING,
      helpValue: "N",
    }),
  };
};

type ModelFlags = Readonly<
  Partial<Record<(typeof ADAPTER_FLAGS)[number] | "model" | "base-llm" | "vocab-matrix", string | undefined>>
>;

type FetchFolder = NonNullable<TunedModel["fetchFolder"]>;

/**
 * The model that the flags name; `fetchFolder` brings its vision tower where its config.json only names it.
 *
 * @throws UsageError naming those that are missing; `otherwise` says what else the command takes
 */
export function requireModel(flags: ModelFlags, fetchFolder: FetchFolder, otherwise = ""): AdapterModel | TunedModel {
  const { adapter, llm, vision, model, "base-llm": baseLlm, "vocab-matrix": matrixFile } = flags;
  if (model !== undefined) return { model, vision, matrixFile, baseLlm, hubCache: hubCache(), fetchFolder };
  if (adapter !== undefined && llm !== undefined && vision !== undefined)
    return { adapter, llm, vision, matrixFile, baseLlm };
  const missing = ADAPTER_FLAGS.filter((name) => flags[name] === undefined).map((name) => `--${name}`);
  throw new UsageError(
    `${missing.join(", ")}: not given; an adapter needs all three, a folder tuned as a whole --model${otherwise}`,
  );
}

/**
 * The adapter and the LLM that take features which were made elsewhere.
 *
 * @throws UsageError naming those that are missing
 */
export function requireFeatureModel(flags: ModelFlags, features: string): FeatureModel {
  const { adapter, llm, "base-llm": baseLlm, "vocab-matrix": matrixFile } = flags;
  if (adapter !== undefined && llm !== undefined) return { adapter, llm, features, matrixFile, baseLlm };
  const missing = (["adapter", "llm"] as const).filter((name) => flags[name] === undefined).map((name) => `--${name}`);
  throw new UsageError(`${missing.join(", ")}: not given; --features takes the place of --vision beside both`);
}
