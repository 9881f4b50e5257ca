import { isKnownType } from "./llm-families.js";

/*
 * LLaVA's forks put names of their own into model_type, and one name stands for several families: llava_phi is Phi in one fork and Phi-3 in
 * another. The tensors tell.
 */

/** LLaVA and the forks whose LLMs are transformers' own: Bunny, Imp, TinyLLaVA, and Microsoft's and Stability's first files. */
const FORKS = /^(?:llava|bunny|imp|tiny_?llava)(?:[-_]|$)|^phi-msft$|^stablelm_epoch$/;

interface Sign {
  readonly family: string;
  /** The end of the name of a tensor that only this family, among those below, has. */
  readonly tensor: RegExp;
}

/** The surest first. */
const SIGNS: readonly Sign[] = [
  { family: "phi3", tensor: /\.self_attn\.qkv_proj\.weight$/ },
  { family: "phi", tensor: /\.(?:self_attn\.dense|self_attn\.Wqkv)\.weight$/ },
  { family: "gemma2", tensor: /\.pre_feedforward_layernorm\.weight$/ },
  { family: "stablelm", tensor: /\d\.input_layernorm\.bias$/ },
  { family: "qwen3", tensor: /\.self_attn\.q_norm\.weight$/ },
  { family: "qwen2", tensor: /\.self_attn\.q_proj\.bias$/ },
];

/** Families with llama's tensors, told by their names alone. */
const NAMED = ["gemma", "mistral"];

/**
 * A parsed config.json whose `model_type` is transformers', where a fork's own name stands in it; any other as it is.
 *
 * @param tensors names, as transformers has them
 */
export function settleModelType(config: unknown, tensors: Iterable<string>): unknown {
  const { model_type: type, text_config: inner } = (config ?? {}) as {
    readonly model_type?: unknown;
    readonly text_config?: unknown;
  };
  if (typeof type !== "string" || inner !== undefined || isKnownType(type) || !FORKS.test(type)) return config;
  const names = [...tensors].filter((name) => !/vision/.test(name));
  const found = SIGNS.find(({ tensor }) => names.some((name) => tensor.test(name)))?.family;
  const family = found ?? NAMED.find((name) => type.includes(name)) ?? "llama";
  return { ...(config as object), model_type: family };
}
