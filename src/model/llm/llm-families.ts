import { InputError } from "../../errors.js";
import { showValue } from "../../show-value.js";
import type { DecoderSpec } from "./decoder-spec.js";
import { gemma } from "./gemma.js";
import { gemma2 } from "./gemma2.js";
import { gemma3 } from "./gemma3.js";
import { llama } from "./llama.js";
import type { LlmFamily } from "./llm-family.js";
import { mistral } from "./mistral.js";
import { qwen2 } from "./qwen2.js";
import { qwen3 } from "./qwen3.js";

/** The LLM families that run. */
const LLM_FAMILIES: readonly LlmFamily[] = [llama, mistral, qwen2, qwen3, gemma, gemma2, gemma3];

const familyOf = (modelType: unknown): LlmFamily | undefined =>
  LLM_FAMILIES.find(({ modelTypes }) => modelTypes.some((name) => name === modelType));

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
