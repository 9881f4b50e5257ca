import { InputError } from "../../errors.js";
import { showValue } from "../../show-value.js";
import type { DecoderSpec } from "./decoder-spec.js";
import { cohere } from "./cohere.js";
import { gemma } from "./gemma.js";
import { gemma2 } from "./gemma2.js";
import { gemma3 } from "./gemma3.js";
import { llama } from "./llama.js";
import type { LlmFamily } from "./llm-family.js";
import { glm4 } from "./glm4.js";
import { granite } from "./granite.js";
import { ministral } from "./ministral.js";
import { mistral } from "./mistral.js";
import { olmo2 } from "./olmo2.js";
import { phi } from "./phi.js";
import { phi3 } from "./phi3.js";
import { qwen2 } from "./qwen2.js";
import { qwen3 } from "./qwen3.js";
import { smollm3 } from "./smollm3.js";
import { stablelm } from "./stablelm.js";

/** The LLM families that run. */
const LLM_FAMILIES: readonly LlmFamily[] = [
  ...[llama, mistral, ministral, qwen2, qwen3, gemma, gemma2, gemma3],
  ...[phi, phi3, stablelm, granite, smollm3, olmo2, cohere, glm4],
];

const familyOf = (modelType: unknown): LlmFamily | undefined =>
  LLM_FAMILIES.find(({ modelTypes }) => modelTypes.some((name) => name === modelType));

/** Whether a `model_type` is that of a family that runs. */
export const isKnownType = (modelType: unknown): boolean => familyOf(modelType) !== undefined;

/** What transformers calls the family of a `model_type`, which may be LLaVA's; undefined for a family that does not run. */
export const transformersModelType = (modelType: unknown): string | undefined => familyOf(modelType)?.modelTypes[0];

type Config = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Config => typeof value === "object" && value !== null;

/**
 * The LLM's own part of a config.json: the whole of it, or the `text_config` of a composite, with the values of transformers'
 * classes for fields that are left out. A value that is not an object, or a `text_config` that is none, is returned as it is.
 */
export function decoderConfig(config: unknown): unknown {
  if (!isObject(config)) return config;
  const inner = config["text_config"];
  if (inner === undefined || inner === null) return completed(asMinistral(config));
  if (!isObject(inner)) return inner;
  // transformers' composites hand the LLM's hidden states to a head of their own, which caps nothing and scales nothing.
  return completed({
    ...inner,
    model_type: inner["model_type"] ?? "llama",
    final_logit_softcapping: null,
    ...("logits_scaling" in inner && { logits_scaling: 1 }),
  });
}

/** `tie_word_embeddings` of a family's class, which counts where config.json says nothing of it; undefined for other families. */
export const tiedByClass = (config: unknown): boolean | undefined =>
  (decoderConfig(config) as { readonly tie_word_embeddings?: boolean } | null)?.tie_word_embeddings;

function completed(config: Config): Config {
  const { defaults = {} } = familyOf(config["model_type"]) ?? {};
  const missing = Object.entries(defaults).filter(([key]) => config[key] === undefined);
  return { ...config, ...Object.fromEntries(missing) };
}

/** Of a Mistral whose layers differ transformers makes a Ministral, but not within a composite. Source: configuration_auto.py. */
const asMinistral = (config: Config): Config =>
  config["model_type"] === "mistral" && "layer_types" in config ? { ...config, model_type: "ministral" } : config;

/**
 * Reads the config.json of an LLM folder, or the `text_config` of a composite; `where` names the folder.
 *
 * @throws InputError for a family or a setting that is not supported, naming it and what is
 */
export function readDecoderSpec(config: unknown, where: string): DecoderSpec {
  const own = decoderConfig(config);
  const { model_type: type } = (own ?? {}) as { model_type?: unknown };
  const family = familyOf(type);
  if (family !== undefined) return family.read(own, where);
  const supported = LLM_FAMILIES.flatMap(({ modelTypes }) => modelTypes).join(", ");
  throw new InputError(
    `${where}/config.json: model_type is ${type === undefined ? "missing" : showValue(type)}; this LLM cannot be run here, supported: ${supported}`,
  );
}
