import { z } from "zod";
import { orElse, readConfig, unsupported } from "../config-fields.js";
import { decoderFields, decoderSpec } from "./decoder-spec.js";
import { LLAMA_TENSORS } from "./decoder-tensors.js";
import type { LlmFamily } from "./llm-family.js";
import { rotaryShare } from "./rope.js";

const schema = z.looseObject({
  ...decoderFields,
  hidden_act: unsupported("gelu_new", "gelu_pytorch_tanh"),
  layer_norm_eps: orElse(z.number().positive(), 1e-5),
  partial_rotary_factor: rotaryShare,
  qk_layernorm: unsupported(false),
});

const TENSORS = {
  ...LLAMA_TENSORS,
  norm: "final_layernorm",
  layer: {
    attentionNorm: "input_layernorm",
    query: "self_attn.q_proj",
    key: "self_attn.k_proj",
    value: "self_attn.v_proj",
    // Microsoft's first files.
    queryKeyValue: "self_attn.Wqkv",
    output: "self_attn.dense",
    up: "mlp.fc1",
    down: "mlp.fc2",
  },
};

type Config = Readonly<Record<string, unknown>>;

/** What Microsoft's first files call the same. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  n_embd: "hidden_size",
  n_layer: "num_hidden_layers",
  n_head: "num_attention_heads",
  n_head_kv: "num_key_value_heads",
  n_positions: "max_position_embeddings",
  activation_function: "hidden_act",
  layer_norm_epsilon: "layer_norm_eps",
};

function withoutOldNames(config: Config): Config {
  if (config["n_embd"] === undefined) return config;
  const renamed = Object.entries(OLD_NAMES).map(([old, name]) => [name, config[old] ?? undefined] as const);
  const { n_embd: width, n_head: heads, n_inner: inner, rotary_dim: turned } = config as Record<string, number | null>;
  const own = {
    intermediate_size: inner ?? 4 * width!,
    partial_rotary_factor: turned ? (turned * heads!) / width! : 1,
  };
  return { ...config, ...Object.fromEntries(renamed), ...own };
}

/**
 * Phi 1.5 and 2: one LayerNorm a layer, of which attention and a feed-forward part without a gate are both fed; half of each head is turned,
 * everything has a bias. Source: transformers, modeling_phi.py.
 */
export const phi: LlmFamily = {
  modelTypes: ["phi"],
  defaults: {
    vocab_size: 51_200,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 24,
    num_attention_heads: 32,
    max_position_embeddings: 2048,
    eos_token_id: 2,
  },
  read: (config, where) => {
    const fields = readConfig(schema, withoutOldNames(config as Config), where);
    const own = { rms_norm_eps: fields.layer_norm_eps, partial_rotary_factor: null };
    return decoderSpec({ ...fields, ...own }, where, {
      ...{ norm: "layer", normBias: true, isParallel: true, activation: "gelu_tanh", tensors: TENSORS },
      ...{ queryBias: true, outputBias: true, mlpBias: true, headBias: true },
      rotaryShare: fields.partial_rotary_factor ?? 0.5,
    });
  },
};
