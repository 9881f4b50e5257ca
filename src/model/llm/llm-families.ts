import { InputError } from "../../errors.js";
import { showValue } from "../../show-value.js";
import type { DecoderSpec } from "./decoder-spec.js";
import { readLlama } from "./llama.js";
import { readMistral } from "./mistral.js";
import { readQwen2 } from "./qwen2.js";
import { readQwen3 } from "./qwen3.js";

interface Family {
  /** transformers' own first. */
  readonly modelTypes: readonly string[];
  readonly read: (config: unknown, where: string) => DecoderSpec;
  /** What transformers' config class takes for a field that a composite's `text_config` leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

const SIZES_OF_7B = { hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32 };
const LLAMA = { ...SIZES_OF_7B, vocab_size: 32_000, intermediate_size: 11_008, eos_token_id: 2 };
const QWEN = { ...SIZES_OF_7B, vocab_size: 151_936, intermediate_size: 22_016, num_key_value_heads: 32 };

/** The LLM families that run, by `model_type`; the official LLaVA code puts `llava_` before it. */
const FAMILIES: readonly Family[] = [
  {
    modelTypes: ["llama", "llava_llama"],
    read: readLlama,
    defaults: { ...LLAMA, max_position_embeddings: 2048 },
  },
  {
    modelTypes: ["mistral", "llava_mistral"],
    read: readMistral,
    defaults: {
      ...LLAMA,
      intermediate_size: 14_336,
      num_key_value_heads: 8,
      max_position_embeddings: 131_072,
    },
  },
  {
    modelTypes: ["qwen2", "llava_qwen", "llava_qwen2"],
    read: readQwen2,
    defaults: { ...QWEN, max_position_embeddings: 32_768 },
  },
  {
    modelTypes: ["qwen3", "llava_qwen3"],
    read: readQwen3,
    defaults: { ...QWEN, head_dim: 128, max_position_embeddings: 32_768 },
  },
];

// LLaVA 1.5's own files say "llava" and hold llama's fields.
const familyOf = (modelType: unknown): Family | undefined =>
  FAMILIES.find(({ modelTypes }) =>
    modelTypes.some((name) => name === (modelType === "llava" ? "llava_llama" : modelType)),
  );

/** What transformers calls the family of a `model_type`, which may be LLaVA's; undefined for a family that does not run. */
export const transformersModelType = (modelType: unknown): string | undefined => familyOf(modelType)?.modelTypes[0];

/**
 * The LLM's own part of a config.json: the whole of it, or the `text_config` of a composite with what it leaves out, because
 * transformers writes of a part only what differs from its class's defaults.
 */
export function decoderConfig(config: unknown): unknown {
  const inner = (config as { text_config?: Readonly<Record<string, unknown>> | null } | null)?.text_config;
  if (inner === undefined || inner === null) return config;
  const modelType = inner["model_type"] ?? "llama";
  return { ...familyOf(modelType)?.defaults, ...inner, model_type: modelType };
}

/**
 * Reads the config.json of an LLM folder, or the `text_config` of a composite.
 * Throws InputError for a family or a setting that is not supported, naming it and what is.
 */
export function readDecoderSpec(config: unknown, where: string): DecoderSpec {
  const own = decoderConfig(config);
  const { model_type: type } = (own ?? {}) as { model_type?: unknown };
  const family = familyOf(type);
  if (family !== undefined) return family.read(own, where);
  const supported = FAMILIES.flatMap(({ modelTypes }) => modelTypes).join(", ");
  throw new InputError(
    `${where}/config.json: model_type is ${type === undefined ? "missing" : showValue(type)}; this LLM cannot be run here, supported: ${supported}`,
  );
}
