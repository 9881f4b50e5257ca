import { extname, join } from "node:path";
import { readJsonFile } from "../files/json-file.js";
import { someOf } from "../layout/some-of.js";
import { LLAVA_TRAINED, LORA_SETTINGS } from "./lora/lora-settings.js";

/** What a folder without weights of its own is instead, from the names of what it holds; undefined where a rule does not apply. */
type Rule = (folder: string, names: readonly string[]) => string | undefined | Promise<string | undefined>;

/** Files of other software. */
const FOREIGN: Readonly<Record<string, string>> = {
  ".h5": "Keras or TensorFlow",
  ".msgpack": "Flax",
  ".onnx": "ONNX",
  ".nemo": "NeMo",
  ".keras": "Keras",
  ".tflite": "TensorFlow Lite",
  ".mlmodel": "Core ML",
};

const UNFINISHED = /\.(?:incomplete|part|partial|crdownload|aria2|download)$/;
const WEIGHTS = /\.(?:safetensors|bin|pt|pth|ckpt)$/;
/** What trainers write beside weights. */
const NO_WEIGHTS = /^(?:optimizer|scheduler|scaler|rng_state|training_args|trainer_state|adapter_model)\b/;

/** Listed in an error, of many. */
const SHOWN = 3;

const RULES: readonly Rule[] = [
  (_, names) => (names.length === 0 ? "is empty; name the folder of a model" : undefined),
  describeLora,
  (_, names) => named(names, /\.gguf$/, "holds GGUF files; name one of them"),
  (_, names) => named(names, UNFINISHED, "holds an unfinished download; fetch the folder anew"),
  (_, names) =>
    names.includes("snapshots") && names.includes("blobs")
      ? "is a repository of the Hugging Face cache; name a folder in its snapshots, or org/name"
      : undefined,
  (_, names) => named(names, /^checkpoint-\d+$/, "holds the checkpoints of a training; name one of them"),
  (_, names) =>
    named(
      names.filter((name) => !NO_WEIGHTS.test(name)),
      WEIGHTS,
      "holds weights under names that no folder of transformers has; name the file",
    ),
  (_, names) => {
    const file = names.find((name) => extname(name) in FOREIGN);
    if (file === undefined) return undefined;
    return `holds the weights of ${FOREIGN[extname(file)]} (${file}), which are not read; fetch or save them as safetensors`;
  },
];

/** Says of a folder in which no weights were found what it is instead, and what to do. */
export async function describeMissingWeights(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const rule of RULES) {
    const found = await rule(folder, names);
    if (found !== undefined) return found;
  }
  return undefined;
}

function named(names: readonly string[], pattern: RegExp, what: string): string | undefined {
  const found = names.filter((name) => pattern.test(name));
  return found.length === 0 ? undefined : `${what}: ${someOf(found, SHOWN)}`;
}

/** What PEFT's folders are: low-rank changes to another model. */
async function describeLora(folder: string, names: readonly string[]): Promise<string | undefined> {
  if (!names.includes(LORA_SETTINGS)) return undefined;
  const base = await baseModel(join(folder, LORA_SETTINGS));
  const what = `is a LoRA of ${base ?? "another model"} (${LORA_SETTINGS}), not a model of its own`;
  if (names.includes(LLAVA_TRAINED)) {
    return `${what}; give the folder of that model with --base-llm`;
  }
  return `${what}; give the folder of that model with --base-llm, or merge the two with PEFT: AutoPeftModelForCausalLM.from_pretrained(${JSON.stringify(folder)}).merge_and_unload().save_pretrained("merged")`;
}

async function baseModel(path: string): Promise<string | undefined> {
  const settings = (await readJsonFile(path)) as { readonly base_model_name_or_path?: unknown } | null;
  const base = settings?.base_model_name_or_path;
  return typeof base === "string" ? JSON.stringify(base) : undefined;
}
