import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import type { Architecture } from "./architectures.js";
import { optionalNumber, optionalText, requireNumber, type GgufKeys } from "./keys.js";
import { llama3Scaling } from "./rope-factors.js";
import { InputError } from "../../errors.js";

export interface ConfigSource {
  readonly keys: GgufKeys;
  readonly architecture: Architecture;
  /** Under llama.cpp's names. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** The divisors of rotary frequencies, where the file has some. */
  readonly ropeFactors?: Float32Array | undefined;
}

/** A config.json with the fields of all families here. */
export type LlmConfig = Readonly<Record<string, unknown>> & {
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
};

/**
 * The config.json that the keys of a GGUF file amount to.
 *
 * @throws InputError for a key that is missing or of another type, and for rotary scaling that is not read
 */
export function configFile(source: ConfigSource): LlmConfig {
  const { keys, architecture, tensors } = source;
  const key = (name: string): string => `${architecture.name}.${name}`;
  const number = (name: string): number => requireNumber(keys, key(name));
  const heads = number("attention.head_count");
  const headDim = optionalNumber(keys, key("attention.key_length")) ?? number("embedding_length") / heads;
  // Null, not absent: an absent field would have the class's own value.
  const token = (name: string): number | null => optionalNumber(keys, `tokenizer.ggml.${name}_token_id`) ?? null;
  return defined({
    model_type: architecture.modelType,
    architectures: [architecture.className],
    vocab_size: requireTable(tensors, keys).shape[0],
    hidden_size: number("embedding_length"),
    intermediate_size: number("feed_forward_length"),
    num_hidden_layers: number("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: optionalNumber(keys, key("attention.head_count_kv")) ?? heads,
    head_dim: headDim,
    rms_norm_eps: shortest(number("attention.layer_norm_rms_epsilon")),
    max_position_embeddings: number("context_length"),
    tie_word_embeddings: !tensors.has("output.weight"),
    attention_bias: tensors.has("blk.0.attn_q.bias"),
    mlp_bias: tensors.has("blk.0.ffn_up.bias"),
    bos_token_id: token("bos"),
    eos_token_id: token("eos"),
    pad_token_id: token("padding"),
    ...rotaryFields(source, key, headDim),
    ...FAMILY_FIELDS[architecture.modelType]?.(source, key),
  }) as LlmConfig;
}

/** Fields that only some families have, by `model_type`. */
const FAMILY_FIELDS: Readonly<Record<string, (source: ConfigSource, key: (name: string) => string) => object>> = {
  gemma: () => GEMMA,
  gemma2: ({ keys }, key) => ({
    ...GEMMA,
    sliding_window: optionalNumber(keys, key("attention.sliding_window")) ?? 4096,
    attn_logit_softcapping: requireNumber(keys, key("attn_logit_softcapping")),
    final_logit_softcapping: requireNumber(keys, key("final_logit_softcapping")),
    query_pre_attn_scalar: queryScalar(keys, key, LAYERS_OF_27B.gemma2),
  }),
  gemma3_text: ({ keys }, key) => ({
    ...GEMMA,
    sliding_window: requireNumber(keys, key("attention.sliding_window")),
    sliding_window_pattern: optionalNumber(keys, key("attention.sliding_window_pattern")) ?? 6,
    rope_local_base_freq: optionalNumber(keys, key("rope.freq_base_swa")) ?? 10_000,
    query_pre_attn_scalar: queryScalar(keys, key, LAYERS_OF_27B.gemma3),
  }),
};

const GEMMA = { hidden_activation: "gelu_pytorch_tanh" };

/** llama.cpp knows the models whose scale is not that of a head by their layers, for the file does not say it. */
const LAYERS_OF_27B = { gemma2: 46, gemma3: 62 } as const;

function queryScalar(keys: GgufKeys, key: (name: string) => string, layersOf27B: number): number {
  if (requireNumber(keys, key("block_count")) !== layersOf27B) return requireNumber(keys, key("attention.key_length"));
  return requireNumber(keys, key("embedding_length")) / requireNumber(keys, key("attention.head_count"));
}

function rotaryFields({ keys, ropeFactors }: ConfigSource, key: (name: string) => string, headDim: number): object {
  const rope_theta = optionalNumber(keys, key("rope.freq_base")) ?? 10_000;
  const kind = optionalText(keys, key("rope.scaling.type")) ?? "none";
  const rotated = optionalNumber(keys, key("rope.dimension_count")) ?? headDim;
  const partial = rotated === headDim ? {} : { partial_rotary_factor: rotated / headDim };
  if (ropeFactors !== undefined) {
    if (ropeFactors.length !== rotated / 2) {
      throw new InputError(
        `${keys.path}: has ${ropeFactors.length} divisors of rotary frequencies, expected ${rotated / 2}; the file is damaged`,
      );
    }
    return { rope_theta, rope_scaling: llama3Scaling(ropeFactors, rope_theta, keys.path), ...partial };
  }
  const factor =
    optionalNumber(keys, key("rope.scaling.factor")) ?? optionalNumber(keys, key("rope.scale_linear")) ?? 1;
  if (kind === "none" || factor === 1) return { rope_theta, ...partial };
  if (kind === "linear") return { rope_theta, rope_scaling: { rope_type: "linear", factor }, ...partial };
  throw new InputError(
    `${keys.path}: ${key("rope.scaling.type")} is ${JSON.stringify(kind)}; this model cannot be run here, supported: none, linear`,
  );
}

function requireTable(tensors: ReadonlyMap<string, CheckpointTensor>, { path }: GgufKeys): CheckpointTensor {
  const table = tensors.get("token_embd.weight");
  if (table?.shape.length === 2) return table;
  throw new InputError(`${path}: has no matrix "token_embd.weight" of input embeddings; this is no LLM`);
}

/** The shortest decimal that is the same float32: files hold 1e-6 as 9.99999997e-7. */
function shortest(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

const defined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
