import { InputError } from "../../errors.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";

export interface MmprojNaming {
  /** Whether `ffn_down` is the first layer of a feed-forward part, as in files of before 2025. */
  readonly swapsFeedForward: boolean;
}

/** Outside of the layers. Source: llama.cpp, gguf-py/gguf/tensor_mapping.py and tools/mtmd/clip-impl.h. */
const WHOLE: Readonly<Record<string, string>> = {
  "v.class_embd": "vision_model.embeddings.class_embedding",
  "v.patch_embd.weight": "vision_model.embeddings.patch_embedding.weight",
  "v.position_embd.weight": "vision_model.embeddings.position_embedding.weight",
  "v.pre_ln.weight": "vision_model.pre_layrnorm.weight",
  "v.pre_ln.bias": "vision_model.pre_layrnorm.bias",
  "v.post_ln.weight": "vision_model.post_layernorm.weight",
  "v.post_ln.bias": "vision_model.post_layernorm.bias",
  "mm.0.weight": "mm_projector.0.weight",
  "mm.0.bias": "mm_projector.0.bias",
  "mm.2.weight": "mm_projector.2.weight",
  "mm.2.bias": "mm_projector.2.bias",
  /** LLaVA-NeXT's learned line break. */
  "v.image_newline": "image_newline",
  "model.image_newline": "image_newline",
};

const LAYER: Readonly<Record<string, string>> = {
  ln1: "layer_norm1",
  ln2: "layer_norm2",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_out: "self_attn.out_proj",
  ffn_up: "mlp.fc1",
  ffn_down: "mlp.fc2",
};

const SWAPPED: Readonly<Record<string, string>> = { ...LAYER, ffn_up: "mlp.fc2", ffn_down: "mlp.fc1" };

/**
 * What transformers and LLaVA call a tensor of an mmproj file.
 *
 * @throws InputError for a tensor that neither tower nor projector has
 */
export function mmprojName({ name, file }: CheckpointTensor, { swapsFeedForward }: MmprojNaming): string {
  if (Object.hasOwn(WHOLE, name)) return WHOLE[name]!;
  const { number, part, kind } =
    /^v\.blk\.(?<number>\d+)\.(?<part>\w+)\.(?<kind>weight|bias)$/.exec(name)?.groups ?? {};
  const parts = swapsFeedForward ? SWAPPED : LAYER;
  const own = part !== undefined && Object.hasOwn(parts, part) ? parts[part] : undefined;
  if (own !== undefined) return `vision_model.encoder.layers.${number}.${own}.${kind}`;
  throw new InputError(`${file}: has a tensor ${JSON.stringify(name)}, which no CLIP tower with LLaVA's projector has`);
}

/** The projector's two layers in an mmproj file. */
export const PROJECTOR_LAYERS = ["mm.0", "mm.2"] as const;

const TOWER = "vision_model.";

/**
 * llama.cpp's name of a tower's tensor, `name` being transformers' behind the tower's prefix; undefined for one that llama.cpp has no place
 * for.
 */
export function towerNameInGguf(name: string): string | undefined {
  const whole = Object.keys(WHOLE).find((key) => WHOLE[key] === TOWER + name);
  if (whole !== undefined) return whole;
  const { number, own, kind } =
    /^encoder\.layers\.(?<number>\d+)\.(?<own>.+)\.(?<kind>weight|bias)$/.exec(name)?.groups ?? {};
  const part = Object.keys(LAYER).find((key) => LAYER[key] === own);
  return part === undefined ? undefined : `v.blk.${number}.${part}.${kind}`;
}
