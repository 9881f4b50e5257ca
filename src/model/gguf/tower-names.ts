/** What llama.cpp calls the parts of a vision tower outside of its layers; transformers' names as they are behind the tower's prefix. */
const WHOLE: Readonly<Record<string, string>> = {
  "embeddings.class_embedding": "v.class_embd",
  "embeddings.patch_embedding.weight": "v.patch_embd.weight",
  "embeddings.patch_embedding.bias": "v.patch_embd.bias",
  "embeddings.position_embedding.weight": "v.position_embd.weight",
  "pre_layrnorm.weight": "v.pre_ln.weight",
  "pre_layrnorm.bias": "v.pre_ln.bias",
};

/** The parts of a layer, each with a weight and a bias. */
const LAYER: Readonly<Record<string, string>> = {
  layer_norm1: "ln1",
  layer_norm2: "ln2",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.out_proj": "attn_out",
  "mlp.fc1": "ffn_up",
  "mlp.fc2": "ffn_down",
};

const OWN_LAYER = /^encoder\.layers\.(?<number>\d+)\.(?<part>.+)\.(?<kind>weight|bias)$/;

/**
 * llama.cpp's name of a tower's tensor, `name` being transformers' behind the prefix; undefined for one that llama.cpp has no place for.
 * Source: llama.cpp, gguf-py/gguf/tensor_mapping.py and tools/mtmd/clip-impl.h.
 */
export function towerNameInGguf(name: string): string | undefined {
  if (Object.hasOwn(WHOLE, name)) return WHOLE[name];
  const { number, part = "", kind } = OWN_LAYER.exec(name)?.groups ?? {};
  return Object.hasOwn(LAYER, part) ? `v.blk.${number}.${LAYER[part]}.${kind}` : undefined;
}

/** The projector's two layers. */
export const PROJECTOR_NAMES = ["mm.0", "mm.2"] as const;
