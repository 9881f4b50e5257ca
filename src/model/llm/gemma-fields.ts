import { unsupported } from "../config-fields.js";
import { decoderSpec, type DecoderConfig, type DecoderSpec, type FamilyDifference } from "./decoder-spec.js";

/** The early releases of Gemma 1 say "gelu" and mean its tanh form. */
const activation = unsupported("gelu", "gelu_pytorch_tanh");

/** Of Gemma 2 and 3, where "gelu" is the exact one. */
export const tanhActivation = { hidden_activation: unsupported("gelu_pytorch_tanh") };

/** What the configs of all Gemmas have otherwise than llama's. */
export const gemmaFields = {
  hidden_act: activation,
  hidden_activation: activation,
  use_bidirectional_attention: unsupported(false),
};

/** What transformers' classes of all Gemmas take for absent fields. */
export const GEMMA_DEFAULTS = {
  head_dim: 256,
  max_position_embeddings: 8192,
  eos_token_id: 1,
  bos_token_id: 2,
  pad_token_id: 0,
  tie_word_embeddings: true,
};

/** What all Gemmas do otherwise than llama: norms around 1, GELU, and input embeddings as long as the root of their width. */
export function gemmaSpec(config: DecoderConfig, where: string, different: FamilyDifference = {}): DecoderSpec {
  return decoderSpec({ ...config, head_dim: config.head_dim ?? GEMMA_DEFAULTS.head_dim }, where, {
    activation: "gelu_tanh",
    normOffset: 1,
    embeddingScale: Math.sqrt(config.hidden_size),
    mlpBias: false,
    ...different,
  });
}
