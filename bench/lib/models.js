// Model folders of real shapes with random weights: the tower, adapter and LLM of LangBridge's smallest released setting.
import { join } from "node:path";
import { cachedFolder, writeJson, writeRandomSafetensors } from "./synthetic.js";

/** Qwen2-0.5B. */
const LLM = {
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  vocab_size: 151_936,
  hidden_size: 896,
  intermediate_size: 4_864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  max_position_embeddings: 32_768,
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
};

/** CLIP ViT-L/14-336, the tower alone. */
const VISION = {
  architectures: ["CLIPVisionModel"],
  model_type: "clip_vision_model",
  hidden_size: 1_024,
  intermediate_size: 4_096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  image_size: 336,
  patch_size: 14,
  hidden_act: "quick_gelu",
  layer_norm_eps: 1e-5,
};

/** Hidden units and vocabulary rows of the adapter. */
const [MLP_HIDDEN, ROWS] = [5_120, 19_200];

export const HIDDEN_SIZE = LLM.hidden_size;
export const IMAGE_SIZE = VISION.image_size;
export const FEATURE_SIZE = VISION.hidden_size;
export const PATCHES = (VISION.image_size / VISION.patch_size) ** 2;

const weight = (...shape) => ({ dtype: "BF16", shape });
/** Scales of norms lie around one. */
const scale = (size) => ({ dtype: "BF16", shape: [size], around: 1 });

/** The entries of a linear or norm layer with its bias. */
const withBias = (name, tensor) => ({ [`${name}.weight`]: tensor, [`${name}.bias`]: weight(tensor.shape[0]) });

function llmTensors() {
  const {
    hidden_size: hidden,
    intermediate_size: wide,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
  } = LLM;
  const kv = (hidden / heads) * kvHeads;
  const layers = Array.from({ length: LLM.num_hidden_layers }, (_, layer) => {
    const [attention, mlp] = [`model.layers.${layer}.self_attn`, `model.layers.${layer}.mlp`];
    return {
      [`model.layers.${layer}.input_layernorm.weight`]: scale(hidden),
      ...withBias(`${attention}.q_proj`, weight(hidden, hidden)),
      ...withBias(`${attention}.k_proj`, weight(kv, hidden)),
      ...withBias(`${attention}.v_proj`, weight(kv, hidden)),
      [`${attention}.o_proj.weight`]: weight(hidden, hidden),
      [`model.layers.${layer}.post_attention_layernorm.weight`]: scale(hidden),
      [`${mlp}.gate_proj.weight`]: weight(wide, hidden),
      [`${mlp}.up_proj.weight`]: weight(wide, hidden),
      [`${mlp}.down_proj.weight`]: weight(hidden, wide),
    };
  });
  const table = { "model.embed_tokens.weight": weight(LLM.vocab_size, hidden) };
  return Object.assign(table, ...layers, { "model.norm.weight": scale(hidden) });
}

function visionTensors() {
  const { hidden_size: hidden, intermediate_size: wide, patch_size: patch } = VISION;
  const embeddings = "vision_model.embeddings";
  const norm = (name) => withBias(name, scale(hidden));
  const layers = Array.from({ length: VISION.num_hidden_layers }, (_, index) => {
    const layer = `vision_model.encoder.layers.${index}`;
    const projections = ["q", "k", "v", "out"].map((name) =>
      withBias(`${layer}.self_attn.${name}_proj`, weight(hidden, hidden)),
    );
    return Object.assign({}, norm(`${layer}.layer_norm1`), ...projections, norm(`${layer}.layer_norm2`), {
      ...withBias(`${layer}.mlp.fc1`, weight(wide, hidden)),
      ...withBias(`${layer}.mlp.fc2`, weight(hidden, wide)),
    });
  });
  const first = {
    [`${embeddings}.class_embedding`]: weight(hidden),
    [`${embeddings}.patch_embedding.weight`]: weight(hidden, 3, patch, patch),
    [`${embeddings}.position_embedding.weight`]: weight(PATCHES + 1, hidden),
    ...norm("vision_model.pre_layrnorm"),
  };
  return Object.assign(first, ...layers, norm("vision_model.post_layernorm"));
}

function adapterTensors() {
  return {
    ...withBias("mm_projector.0", weight(MLP_HIDDEN, FEATURE_SIZE)),
    ...withBias("mm_projector.2", weight(MLP_HIDDEN, MLP_HIDDEN)),
    ...withBias("mm_projector.3", weight(ROWS, MLP_HIDDEN)),
    mm_vocab_matrix: weight(ROWS, HIDDEN_SIZE),
  };
}

const elements = (tensors) =>
  Object.values(tensors).reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

/** Bytes in float32 of what a run with the folded adapter uses: LLaVA takes the tower's second to last layer. */
export function weightsInUse() {
  const unused = new RegExp(`layers\\.${VISION.num_hidden_layers - 1}\\.|post_layernorm`);
  const vision = Object.fromEntries(Object.entries(visionTensors()).filter(([name]) => !unused.test(name)));
  const folded = {
    ...withBias("first", weight(MLP_HIDDEN, FEATURE_SIZE)),
    ...withBias("folded", weight(HIDDEN_SIZE, MLP_HIDDEN)),
  };
  return 4 * (elements(llmTensors()) + elements(vision) + elements(folded));
}

const folder = (name, config, tensors) =>
  cachedFolder(name, async (path) => {
    writeJson(path, "config.json", config);
    await writeRandomSafetensors(join(path, "model.safetensors"), tensors());
  });

/** Makes the three folders unless an earlier run left them. */
export async function modelFolders() {
  return {
    llm: await folder("llm-qwen2-0.5b", LLM, llmTensors),
    vision: await folder("vision-clip-l-336", VISION, visionTensors),
    adapter: await folder("adapter-h5120-v19200", { mm_projector_type: "mm_vocab" }, adapterTensors),
  };
}
