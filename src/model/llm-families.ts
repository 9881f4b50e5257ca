import { InputError } from "../errors.js";
import type { DecoderSpec } from "./decoder-spec.js";
import { readLlama } from "./llama.js";
import { readMistral } from "./mistral.js";
import { readQwen2 } from "./qwen2.js";
import { readQwen3 } from "./qwen3.js";

/** The LLM families that run, by `model_type`; the official LLaVA code puts `llava_` before it. */
const FAMILIES: readonly {
  readonly modelTypes: readonly string[];
  readonly read: (config: unknown, where: string) => DecoderSpec;
}[] = [
  { modelTypes: ["llama", "llava_llama"], read: readLlama },
  { modelTypes: ["mistral", "llava_mistral"], read: readMistral },
  { modelTypes: ["qwen2", "llava_qwen", "llava_qwen2"], read: readQwen2 },
  { modelTypes: ["qwen3", "llava_qwen3"], read: readQwen3 },
];

/**
 * Reads the config.json of an LLM folder, or the `text_config` of a composite.
 * Throws InputError for a family or a setting that is not supported, naming it and what is.
 */
export function readDecoderSpec(config: unknown, where: string): DecoderSpec {
  const { model_type: type, text_config: inner } = (config ?? {}) as { model_type?: unknown; text_config?: unknown };
  if (inner !== undefined && inner !== null) return readDecoderSpec(inner, where);
  // LLaVA 1.5's own files say "llava" and hold llama's fields.
  const modelType = type === "llava" ? "llava_llama" : type;
  const family = FAMILIES.find(({ modelTypes }) => modelTypes.some((name) => name === modelType));
  if (family !== undefined) return family.read(config, where);
  const supported = FAMILIES.flatMap(({ modelTypes }) => modelTypes).join(", ");
  throw new InputError(
    `${where}/config.json: model_type is ${JSON.stringify(type) ?? "missing"}; this LLM cannot be run here, supported: ${supported}`,
  );
}
