import { InputError } from "../../errors.js";
import { requireText, type GgufKeys } from "./keys.js";

/** What llama.cpp calls the parts of a layer, and transformers. */
type PartNames = Readonly<Record<string, string>>;

/** One of llama.cpp's kinds of LLM, as transformers has it. */
export interface Architecture {
  /** `general.architecture`, which is also the first part of its keys. */
  readonly name: string;
  readonly modelType: string;
  readonly className: string;
  /** Behind `blk.N.`, without `.weight` or `.bias`. */
  readonly layer: PartNames;
  /** llama.cpp rotates neighbouring dimensions of queries and keys, so their rows lie in pairs. */
  readonly pairsHeads: boolean;
  /** Norms hold 1 more than transformers' weights, which are added to 1. */
  readonly addsOneToNorms: boolean;
  /** llama.cpp multiplies the vectors of pictures as it does those of tokens. */
  readonly multipliesPictures: boolean;
}

const ATTENTION: PartNames = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
};
const GATED: PartNames = { ffn_gate: "mlp.gate_proj", ffn_up: "mlp.up_proj", ffn_down: "mlp.down_proj" };
const HEAD_NORMS: PartNames = { attn_q_norm: "self_attn.q_norm", attn_k_norm: "self_attn.k_norm" };
const LLAMA: PartNames = { ...ATTENTION, ...GATED, ffn_norm: "post_attention_layernorm" };
const NORMS_AROUND: PartNames = {
  ...ATTENTION,
  ...GATED,
  post_attention_norm: "post_attention_layernorm",
  ffn_norm: "pre_feedforward_layernorm",
  post_ffw_norm: "post_feedforward_layernorm",
};

const plain = { pairsHeads: false, addsOneToNorms: false, multipliesPictures: false } as const;
const gemma = { pairsHeads: false, addsOneToNorms: true, multipliesPictures: true } as const;

/** Source: llama.cpp, gguf-py/gguf/tensor_mapping.py, conversion/ and src/models/. */
const ARCHITECTURES: readonly Architecture[] = [
  { name: "llama", modelType: "llama", className: "LlamaForCausalLM", layer: LLAMA, ...plain, pairsHeads: true },
  { name: "qwen2", modelType: "qwen2", className: "Qwen2ForCausalLM", layer: LLAMA, ...plain },
  { name: "qwen3", modelType: "qwen3", className: "Qwen3ForCausalLM", layer: { ...LLAMA, ...HEAD_NORMS }, ...plain },
  { name: "gemma", modelType: "gemma", className: "GemmaForCausalLM", layer: LLAMA, ...gemma },
  { name: "gemma2", modelType: "gemma2", className: "Gemma2ForCausalLM", layer: NORMS_AROUND, ...gemma },
  {
    ...{ name: "gemma3", modelType: "gemma3_text", className: "Gemma3ForCausalLM" },
    ...{ layer: { ...NORMS_AROUND, ...HEAD_NORMS }, ...gemma, multipliesPictures: false },
  },
];

/** Mistral is a llama to llama.cpp. */
const SAME: Readonly<Record<string, string>> = { mistral: "llama" };

/** The architecture that an LLM of transformers' `modelType` has in llama.cpp; undefined for one that has none here. */
export const architectureOf = (modelType: string | undefined): Architecture | undefined =>
  ARCHITECTURES.find((architecture) => architecture.modelType === (SAME[modelType ?? ""] ?? modelType));

/**
 * The architecture of a file.
 *
 * @throws InputError for one that cannot be read as an LLM
 */
export function requireArchitecture(keys: GgufKeys): Architecture {
  const name = requireText(keys, "general.architecture");
  const found = ARCHITECTURES.find((architecture) => architecture.name === name);
  if (found !== undefined) return found;
  const supported = ARCHITECTURES.map((architecture) => architecture.name).join(", ");
  throw new InputError(
    name === "clip"
      ? `${keys.path}: is a vision tower with its projector (mmproj), expected an LLM; it goes into --vision and --adapter`
      : `${keys.path}: general.architecture is ${JSON.stringify(name)}; this LLM cannot be read here, supported: ${supported}`,
  );
}
