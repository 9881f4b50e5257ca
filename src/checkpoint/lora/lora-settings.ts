import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { checkJson } from "../../files/check-json.js";
import { readJsonFile } from "../../files/json-file.js";

/** PEFT's file beside the weights of a LoRA. */
export const LORA_SETTINGS = "adapter_config.json";

/** LLaVA's file of what is trained beside the LoRA, the projector above all. */
export const LLAVA_TRAINED = "non_lora_trainables.bin";

const patterns = z.record(z.string(), z.number()).nullish();

/** The keys that decide how a LoRA is merged; others are about training. Source: PEFT, tuners/lora/config.py. */
const schema = z.looseObject({
  peft_type: z.string().nullish(),
  base_model_name_or_path: z.string().nullish(),
  r: z.number().positive(),
  lora_alpha: z.number(),
  use_rslora: z.boolean().nullish(),
  fan_in_fan_out: z.boolean().nullish(),
  alpha_pattern: patterns,
});

export interface LoraSettings {
  /** The model that it changes, as its trainer called it. */
  readonly base: string | undefined;
  /** What the product of the two matrices of a module is multiplied by; `rank` is the number of their rows and columns. */
  scaleOf(module: string, rank: number): number;
  /** Whether the matrices of linear layers are stored (in, out), as GPT-2's are. */
  readonly transposed: boolean;
}

/** Keys that ask for another sum than the base and a product of two matrices, where they say anything. */
const OTHER_MERGES = [
  ...["use_dora", "use_qalora", "use_bdlora", "kasa_config", "velora_config", "monteclora_config", "arrow_config"],
  ...["lora_bias", "target_parameters", "trainable_token_indices", "alora_invocation_tokens", "layer_replication"],
];

/** Whether a value of adapter_config.json says anything: not null, false or empty. */
const says = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);

/**
 * Reads adapter_config.json of a LoRA's folder.
 *
 * @throws InputError for another method of PEFT, and for a kind of LoRA that is merged in another way
 */
export async function readLoraSettings(folder: string): Promise<LoraSettings> {
  const path = join(folder, LORA_SETTINGS);
  const settings = checkJson(schema, await readJsonFile(path), path);
  if ((settings.peft_type ?? "LORA") !== "LORA") {
    throw new InputError(`${path}: peft_type is ${settings.peft_type}, only LORA is merged here; ${MERGE_WITH_PEFT}`);
  }
  const other = OTHER_MERGES.find((key) => says(settings[key]));
  if (other !== undefined) {
    throw new InputError(`${path}: says ${other}, which is not merged here; ${MERGE_WITH_PEFT}`);
  }
  const alphas = Object.entries(settings.alpha_pattern ?? {}).map(([pattern, alpha]) => ({
    fits: modulePattern(pattern, path),
    alpha,
  }));
  return {
    base: settings.base_model_name_or_path ?? undefined,
    scaleOf: (module, rank) => {
      const alpha = alphas.find(({ fits }) => fits.test(module))?.alpha ?? settings.lora_alpha;
      return alpha / (settings.use_rslora === true ? Math.sqrt(rank) : rank);
    },
    transposed: settings.fan_in_fan_out === true,
  };
}

const MERGE_WITH_PEFT = "merge it with PEFT's merge_and_unload and save_pretrained, then name that folder";

/** PEFT takes a key for a regular expression that the end of a module's name has to fit. */
function modulePattern(pattern: string, path: string): RegExp {
  try {
    return new RegExp(`^(?:.*\\.)?(?:${pattern})$`);
  } catch (error) {
    throw new InputError(`${path}: alpha_pattern has ${JSON.stringify(pattern)}, which is no regular expression`, {
      cause: error,
    });
  }
}
