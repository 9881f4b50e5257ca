import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeFloats } from "../../src/tensor/half.js";
import { byteLevelTokenizer, randomTensor, tokenizerSize } from "./make-folders.js";
import { safetensorsBytes } from "./safetensors-bytes.js";

/*
 * The public LLaVA-style checkpoints, each as a small folder: config.json with the fields and values that its code base writes, sizes
 * made small, and tensors under the names that it has. Source of the list: the READMEs and model zoos of haotian-liu/LLaVA,
 * LLaVA-VL/LLaVA-NeXT, TinyLLaVA/TinyLLaVA_Factory, DLCV-BUAA/TinyLLaVABench, BAAI-DCAI/Bunny, MILVLG/imp, FreedomIntelligence/ALLaVA,
 * InternLM/xtuner, aimagelab/LLaVA-MORE, mbzuai-oryx/LLaVA-pp, xiaoachen98/Open-LLaVA-NeXT, open-compass/VLMEvalKit, and transformers.
 */

/** Checkpoints that differ in nothing but their sizes. */
export interface KnownCheckpoints {
  readonly names: readonly string[];
  readonly format: keyof typeof FORMATS;
  readonly modelType: string;
  readonly llm: keyof typeof LLMS;
  readonly tower: keyof typeof TOWERS;
  /** Whether the folder holds the tower's weights, tuned or not. */
  readonly holdsTower?: boolean;
  /** Further fields of config.json. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The config of the tower within, where it has fewer layers than its own folder says. */
  readonly towerLayers?: number;
  /** Where the config was read; without it, it is written as the code base writes it. */
  readonly cited?: string;
}

type Config = Readonly<Record<string, unknown>>;
type Shapes = Readonly<Record<string, readonly number[]>>;

const SPECIALS = ["<image>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const TOKENIZER = byteLevelTokenizer(["Ġis", "Ġthe"], SPECIALS);
const VOCABULARY = tokenizerSize(TOKENIZER);
const [WIDTH, INNER, LAYERS, HEADS, KV_HEADS, HEAD] = [64, 96, 2, 4, 2, 16];
const SIZES = {
  vocab_size: VOCABULARY,
  hidden_size: WIDTH,
  intermediate_size: INNER,
  num_hidden_layers: LAYERS,
  num_attention_heads: HEADS,
  num_key_value_heads: KV_HEADS,
  max_position_embeddings: 4096,
};

interface KnownLlm {
  /** `model_type` within a composite. */
  readonly modelType: string;
  readonly config: Config;
  /** By name in an LLM's own folder. */
  readonly tensors: Shapes;
}

const joined = (...all: readonly Shapes[]): Shapes =>
  Object.fromEntries(all.flatMap((shapes) => Object.entries(shapes)));
const linear = (name: string, out: number, size: number, bias = false): Shapes => ({
  [`${name}.weight`]: [out, size],
  ...(bias && { [`${name}.bias`]: [out] }),
});
const norm = (name: string, bias = false): Shapes => ({
  [`${name}.weight`]: [WIDTH],
  ...(bias && { [`${name}.bias`]: [WIDTH] }),
});
const inLayers = (shapes: Shapes, prefix = "model.layers."): Shapes =>
  joined(
    ...Array.from({ length: LAYERS }, (_, layer) =>
      Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`${prefix}${layer}.${name}`, shape])),
    ),
  );
const ends = (head = true): Shapes => ({
  "model.embed_tokens.weight": [VOCABULARY, WIDTH],
  ...norm("model.norm"),
  ...(head && { "lm_head.weight": [VOCABULARY, WIDTH] }),
});
const attention = (bias = false, head = HEAD): Shapes => ({
  ...linear("self_attn.q_proj", HEADS * head, WIDTH, bias),
  ...linear("self_attn.k_proj", KV_HEADS * head, WIDTH, bias),
  ...linear("self_attn.v_proj", KV_HEADS * head, WIDTH, bias),
  ...linear("self_attn.o_proj", WIDTH, HEADS * head),
});
const gated: Shapes = {
  ...linear("mlp.gate_proj", INNER, WIDTH),
  ...linear("mlp.up_proj", INNER, WIDTH),
  ...linear("mlp.down_proj", WIDTH, INNER),
};
const twoNorms = (bias = false): Shapes => ({
  ...norm("input_layernorm", bias),
  ...norm("post_attention_layernorm", bias),
});
const llamaLike = (modelType: string, config: Config = {}, bias = false, head = HEAD): KnownLlm => ({
  modelType,
  config: { ...SIZES, rms_norm_eps: 1e-5, rope_theta: 1e4, hidden_act: "silu", tie_word_embeddings: false, ...config },
  tensors: { ...ends(), ...inLayers({ ...attention(bias, head), ...gated, ...twoNorms() }) },
});
const PHI_CONFIG = {
  ...SIZES,
  num_key_value_heads: HEADS,
  hidden_act: "gelu_new",
  layer_norm_eps: 1e-5,
  partial_rotary_factor: 0.5,
  qk_layernorm: false,
  rope_theta: 1e4,
  tie_word_embeddings: false,
  hidden_size: 128,
  intermediate_size: 256,
};
const WIDE = PHI_CONFIG.hidden_size;
const phi: KnownLlm = {
  modelType: "phi",
  config: PHI_CONFIG,
  tensors: {
    "model.embed_tokens.weight": [VOCABULARY, WIDE],
    "model.final_layernorm.weight": [WIDE],
    "model.final_layernorm.bias": [WIDE],
    "lm_head.weight": [VOCABULARY, WIDE],
    "lm_head.bias": [VOCABULARY],
    ...inLayers({
      ...joined(
        ...["q_proj", "k_proj", "v_proj", "dense"].map((name) => linear(`self_attn.${name}`, WIDE, WIDE, true)),
      ),
      ...linear("mlp.fc1", 256, WIDE, true),
      ...linear("mlp.fc2", WIDE, 256, true),
      "input_layernorm.weight": [WIDE],
      "input_layernorm.bias": [WIDE],
    }),
  },
};
/** The names of Microsoft's first files of Phi. */
const oldPhi: KnownLlm = {
  ...phi,
  tensors: {
    "transformer.embd.wte.weight": [VOCABULARY, WIDE],
    "lm_head.ln.weight": [WIDE],
    "lm_head.ln.bias": [WIDE],
    "lm_head.linear.weight": [VOCABULARY, WIDE],
    "lm_head.linear.bias": [VOCABULARY],
    ...inLayers(
      {
        ...linear("mixer.Wqkv", 3 * WIDE, WIDE, true),
        ...linear("mixer.out_proj", WIDE, WIDE, true),
        ...linear("mlp.fc1", 256, WIDE, true),
        ...linear("mlp.fc2", WIDE, 256, true),
        "ln.weight": [WIDE],
        "ln.bias": [WIDE],
      },
      "transformer.h.",
    ),
  },
};
const phi3 = (config: Config = {}, head = true): KnownLlm => ({
  modelType: "phi3",
  config: {
    ...SIZES,
    rms_norm_eps: 1e-5,
    rope_theta: 1e4,
    hidden_act: "silu",
    rope_scaling: null,
    sliding_window: 2047,
    ...config,
  },
  tensors: {
    ...ends(head),
    ...inLayers({
      ...linear("self_attn.qkv_proj", (HEADS + 2 * KV_HEADS) * HEAD, WIDTH),
      ...linear("self_attn.o_proj", WIDTH, HEADS * HEAD),
      ...linear("mlp.gate_up_proj", 2 * INNER, WIDTH),
      ...linear("mlp.down_proj", WIDTH, INNER),
      ...twoNorms(),
    }),
  },
});
const longFactors = (count: number): Config => ({
  short_factor: Array<number>(count).fill(1.1),
  long_factor: Array<number>(count).fill(4),
});
const GEMMA_CONFIG = { ...SIZES, head_dim: 32, rms_norm_eps: 1e-6, hidden_act: "gelu_pytorch_tanh", rope_theta: 1e4 };
const gemma = (config: Config, norms: Shapes): KnownLlm => ({
  modelType: "gemma",
  config: { ...GEMMA_CONFIG, ...config },
  tensors: { ...ends(false), ...inLayers({ ...attention(false, 32), ...gated, ...norms }) },
});

const LLMS = {
  llama: llamaLike("llama"),
  llama3: llamaLike("llama", { rope_theta: 5e5 }),
  llama31: llamaLike("llama", {
    rope_scaling: {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 1024,
    },
  }),
  // Heads of 160, as ViTucano's 2b8 has them.
  wideLlama: llamaLike("llama", { head_dim: 160 }, false, 160),
  mistral: llamaLike("mistral", { sliding_window: null }),
  qwen2: llamaLike("qwen2", { use_sliding_window: false, sliding_window: 32768, max_window_layers: 28 }, true),
  phi,
  oldPhi,
  phi3: phi3(),
  phi3Long: phi3({
    original_max_position_embeddings: 2048,
    sliding_window: null,
    rope_scaling: { type: "longrope", ...longFactors(8) },
  }),
  phi4mini: phi3(
    {
      ...{
        num_attention_heads: 2,
        num_key_value_heads: 1,
        original_max_position_embeddings: 2048,
        partial_rotary_factor: 0.5,
        tie_word_embeddings: true,
        sliding_window: null,
      },
      rope_scaling: { type: "longrope", ...longFactors(8) },
    },
    false,
  ),
  gemma: gemma({}, twoNorms()),
  gemma2: gemma(
    { query_pre_attn_scalar: 32, sliding_window: 4096, attn_logit_softcapping: 50, final_logit_softcapping: 30 },
    { ...twoNorms(), ...norm("pre_feedforward_layernorm"), ...norm("post_feedforward_layernorm") },
  ),
  stablelm: {
    modelType: "stablelm",
    config: {
      ...SIZES,
      num_key_value_heads: HEADS,
      hidden_size: 128,
      layer_norm_eps: 1e-5,
      hidden_act: "silu",
      partial_rotary_factor: 0.5,
      use_qkv_bias: true,
      rope_theta: 1e4,
      tie_word_embeddings: false,
    },
    tensors: {
      "model.embed_tokens.weight": [VOCABULARY, WIDE],
      "model.norm.weight": [WIDE],
      "model.norm.bias": [WIDE],
      "lm_head.weight": [VOCABULARY, WIDE],
      ...inLayers({
        ...joined(...["q_proj", "k_proj", "v_proj"].map((name) => linear(`self_attn.${name}`, WIDE, WIDE, true))),
        ...linear("self_attn.o_proj", WIDE, WIDE),
        ...linear("mlp.gate_proj", INNER, WIDE),
        ...linear("mlp.up_proj", INNER, WIDE),
        ...linear("mlp.down_proj", WIDE, INNER),
        ...joined(
          ...["input_layernorm", "post_attention_layernorm"].map((name) => ({
            [`${name}.weight`]: [WIDE],
            [`${name}.bias`]: [WIDE],
          })),
        ),
      }),
    },
  },
  granite: {
    ...llamaLike("granite", {
      ...{ embedding_multiplier: 12, attention_multiplier: 0.015625, residual_multiplier: 0.22, logits_scaling: 8 },
      tie_word_embeddings: true,
    }),
    tensors: { ...ends(false), ...inLayers({ ...attention(), ...gated, ...twoNorms() }) },
  },
} as const satisfies Readonly<Record<string, KnownLlm>>;

interface KnownTower {
  readonly hubName: string;
  readonly config: Config;
  readonly preprocessor: Config;
}

const TOWER_SIZES = { hidden_size: 32, intermediate_size: 48, num_attention_heads: 2 };
const clipTower = (side: number): KnownTower => ({
  hubName: side === 336 ? "openai/clip-vit-large-patch14-336" : "openai/clip-vit-large-patch14",
  config: { model_type: "clip_vision_model", ...TOWER_SIZES, num_hidden_layers: 4, image_size: side, patch_size: 14 },
  preprocessor: {
    ...{
      image_processor_type: "CLIPImageProcessor",
      size: { shortest_edge: side },
      crop_size: { height: side, width: side },
    },
    ...{ do_resize: true, do_center_crop: true, do_normalize: true, resample: 3 },
  },
});
const siglipTower = (hubName: string, { side = 384, resample = 3 } = {}): KnownTower => ({
  hubName,
  config: { model_type: "siglip_vision_model", ...TOWER_SIZES, num_hidden_layers: 4, image_size: side, patch_size: 14 },
  preprocessor: {
    ...{
      image_processor_type: "SiglipImageProcessor",
      size: { height: side, width: side },
      resample,
      do_convert_rgb: null,
    },
    ...{ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], do_rescale: true, rescale_factor: 1 / 255 },
  },
});
const TOWERS = {
  clip336: clipTower(336),
  clip224: clipTower(224),
  so400m: siglipTower("google/siglip-so400m-patch14-384"),
  so196: siglipTower("google/siglip-so400m-patch14-224", { side: 196 }),
  siglip2: siglipTower("google/siglip2-so400m-patch14-384", { resample: 2 }),
} as const satisfies Readonly<Record<string, KnownTower>>;

function towerShapes({ config }: KnownTower, layers: number): Shapes {
  const {
    hidden_size: width,
    intermediate_size: inner,
    image_size: side,
    patch_size: patch,
  } = config as Record<string, number>;
  const isClip = config["model_type"] === "clip_vision_model";
  const patches = Math.floor(side! / patch!) ** 2;
  const ln = (name: string): Shapes => ({ [`${name}.weight`]: [width!], [`${name}.bias`]: [width!] });
  const layer: Shapes = {
    ...ln("layer_norm1"),
    ...ln("layer_norm2"),
    ...joined(
      ...["q_proj", "k_proj", "v_proj", "out_proj"].map((name) => linear(`self_attn.${name}`, width!, width!, true)),
    ),
    ...linear("mlp.fc1", inner!, width!, true),
    ...linear("mlp.fc2", width!, inner!, true),
  };
  const layered = Array.from({ length: layers }, (_, i) =>
    Object.fromEntries(Object.entries(layer).map(([name, shape]) => [`encoder.layers.${i}.${name}`, shape])),
  );
  return {
    "embeddings.patch_embedding.weight": [width!, 3, patch!, patch!],
    "embeddings.position_embedding.weight": [patches + (isClip ? 1 : 0), width!],
    ...(isClip
      ? { "embeddings.class_embedding": [width!], ...ln("pre_layrnorm") }
      : { "embeddings.patch_embedding.bias": [width!] }),
    ...joined(...layered),
    ...ln("post_layernorm"),
  };
}

interface Made {
  readonly config: Config;
  readonly tensors: Shapes;
}

type Format = (row: KnownCheckpoints, llm: KnownLlm, tower: KnownTower) => Made;

const prefixed = (shapes: Shapes, prefix: string): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]));

const widthOf = ({ config }: KnownLlm): number => config["hidden_size"] as number;
const TOWER_WIDTH = TOWER_SIZES.hidden_size;

/** The projector takes several hidden states side by side where the config lists them. */
const projectorInput = ({ config = {} }: KnownCheckpoints): number => {
  const layers = config["vision_feature_layer"];
  return TOWER_WIDTH * (Array.isArray(layers) ? layers.length : 1);
};

/** transformers' composites, with the names of releases before 4.52. */
const composite: Format = (row, llm, tower) => {
  const width = widthOf(llm);
  const layers = row.towerLayers ?? (tower.config["num_hidden_layers"] as number);
  return {
    config: {
      model_type: row.modelType,
      image_token_index: VOCABULARY - SPECIALS.length,
      text_config: { ...llm.config, model_type: llm.modelType },
      vision_config: { ...tower.config, num_hidden_layers: layers },
      vision_feature_layer: -2,
      vision_feature_select_strategy: "default",
      projector_hidden_act: "gelu",
      tie_word_embeddings: false,
      ...row.config,
    },
    tensors: {
      ...prefixed(llm.tensors, "language_model."),
      ...prefixed(towerShapes(tower, layers), "vision_tower.vision_model."),
      ...linear("multi_modal_projector.linear_1", width, projectorInput(row), true),
      ...linear("multi_modal_projector.linear_2", width, width, true),
      ...(row.modelType !== "llava" && { image_newline: [width] }),
    },
  };
};

/** LLaVA's own folders and those of its forks. */
const original: Format = (row, llm, tower) => {
  const width = widthOf(llm);
  const { mm_projector_type: kind = "mlp2x_gelu" } = row.config ?? {};
  const layers = row.towerLayers ?? (tower.config["num_hidden_layers"] as number);
  return {
    config: {
      ...llm.config,
      model_type: row.modelType,
      mm_vision_tower: tower.hubName,
      mm_hidden_size: TOWER_WIDTH,
      mm_projector_type: "mlp2x_gelu",
      mm_vision_select_layer: -2,
      mm_vision_select_feature: "patch",
      mm_use_im_start_end: false,
      mm_use_im_patch_token: false,
      image_aspect_ratio: "pad",
      ...row.config,
    },
    tensors: {
      ...llm.tensors,
      ...(kind === "linear"
        ? linear("model.mm_projector", width, TOWER_WIDTH, true)
        : {
            ...linear("model.mm_projector.0", width, TOWER_WIDTH, true),
            ...linear("model.mm_projector.2", width, width, true),
          }),
      ...(/anyres/.test(String(row.config?.["image_aspect_ratio"])) && { "model.image_newline": [width] }),
      ...(row.holdsTower && prefixed(towerShapes(tower, layers), "model.vision_tower.vision_tower.vision_model.")),
    },
  };
};

/** TinyLLaVA_Factory's. */
const factory: Format = (row, llm, tower) => {
  const width = widthOf(llm);
  return {
    config: {
      model_type: "tinyllava",
      llm_model_name_or_path: "org/llm",
      vision_model_name_or_path: tower.hubName,
      connector_type: "mlp2x_gelu",
      text_config: { ...llm.config, model_type: llm.modelType },
      vision_config: { ...tower.config, model_name_or_path: tower.hubName },
      hidden_size: width,
      vocab_size: VOCABULARY,
      image_token_index: -200,
      image_aspect_ratio: "square",
      vision_feature_layer: -2,
      vision_feature_select_strategy: "patch",
      vision_hidden_size: TOWER_WIDTH,
      tie_word_embeddings: false,
      ...row.config,
    },
    tensors: {
      ...prefixed(llm.tensors, "language_model."),
      ...prefixed(
        towerShapes(tower, tower.config["num_hidden_layers"] as number),
        "vision_tower._vision_tower.vision_model.",
      ),
      ...linear("connector._connector.0", width, TOWER_WIDTH, true),
      ...linear("connector._connector.2", width, width, true),
    },
  };
};

const FORMATS = { composite, original, factory } as const satisfies Readonly<Record<string, Format>>;

/** Writes the folder of a checkpoint into `root`, and the folder of its tower into the cache `hub`. */
export function writeKnown(root: string, hub: string, name: string, row: KnownCheckpoints): string {
  const [llm, tower]: [KnownLlm, KnownTower] = [LLMS[row.llm], TOWERS[row.tower]];
  writeTower(hub, tower);
  const folder = join(root, name.replace("/", "--"));
  mkdirSync(folder, { recursive: true });
  const { config, tensors } = FORMATS[row.format](row, llm, tower);
  const write = (file: string, value: object): void => writeFileSync(join(folder, file), JSON.stringify(value));
  write("config.json", config);
  write("tokenizer.json", TOKENIZER);
  write("tokenizer_config.json", { eos_token: "<|endoftext|>" });
  // Originals leave it to the tower's own folder.
  if (row.format !== "original") write("preprocessor_config.json", preprocessorOf(row, tower));
  writeFileSync(join(folder, "model.safetensors"), weightsOf(tensors));
  return folder;
}

const CLASSES: Readonly<Record<string, string>> = {
  llava_next: "LlavaNextImageProcessor",
  llava_onevision: "LlavaOnevisionImageProcessor",
};

function preprocessorOf({ modelType, config = {} }: KnownCheckpoints, tower: KnownTower): Config {
  const own = CLASSES[modelType];
  if (own === undefined) return tower.preprocessor;
  return {
    ...tower.preprocessor,
    image_processor_type: own,
    ...(modelType === "llava_next" && {
      crop_size: { height: tower.config["image_size"], width: tower.config["image_size"] },
    }),
    image_grid_pinpoints: config["image_grid_pinpoints"],
    do_pad: true,
  };
}

function writeTower(hub: string, tower: KnownTower): void {
  const model = join(hub, `models--${tower.hubName.replace("/", "--")}`);
  const folder = join(model, "snapshots", "abc");
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(model, "refs"));
  writeFileSync(join(model, "refs", "main"), "abc");
  writeFileSync(join(folder, "config.json"), JSON.stringify(tower.config));
  writeFileSync(join(folder, "preprocessor_config.json"), JSON.stringify(tower.preprocessor));
  const shapes = prefixed(towerShapes(tower, tower.config["num_hidden_layers"] as number), "vision_model.");
  writeFileSync(join(folder, "model.safetensors"), weightsOf(shapes));
}

/** Random numbers that all tensors share: each begins somewhere else among them. */
const NUMBERS = encodeFloats(randomTensor([2 ** 18], 1).values, "BF16");

function weightsOf(shapes: Shapes): Buffer {
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  Object.entries(shapes).forEach(([name, shape], i) => {
    const length = 2 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: "BF16", shape, data_offsets: [offset, offset + length] };
    parts.push(NUMBERS.subarray(2 * i, 2 * i + length));
    offset += length;
  });
  return safetensorsBytes(header, Buffer.concat(parts));
}

const NEXT_GRID = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]; // prettier-ignore
const SIX = [1, 2, 3, 4, 5, 6];
const OV_GRID = SIX.flatMap((i) => SIX.map((j) => [i * 384, j * 384]));
const GRANITE_GRID = SIX.flatMap((i) => SIX.slice(0, 10 / i).map((j) => [i * 384, j * 384]));
const FIVE_GRID = [[384, 768], [768, 384], [768, 768], [1152, 384], [384, 1152]]; // prettier-ignore

const ANYRES = { image_aspect_ratio: "anyres", mm_patch_merge_type: "spatial_unpad", image_grid_pinpoints: NEXT_GRID };
const ANYRES_SIGLIP = { ...ANYRES, image_grid_pinpoints: FIVE_GRID };
const ANYRES_MAX = (most: number) => ({
  ...{ image_aspect_ratio: `anyres_max_${most}`, mm_patch_merge_type: "spatial_unpad" },
  image_grid_pinpoints: "(1x1),...,(6x6)",
});
const HF_NEXT = { image_grid_pinpoints: NEXT_GRID, use_image_newline_parameter: true };
const HF_ONEVISION = { image_grid_pinpoints: OV_GRID, vision_aspect_ratio: "anyres_max_9", vision_feature_layer: -1, vision_feature_select_strategy: "full" }; // prettier-ignore
const SIGLIP_FULL = { vision_feature_layer: -1, vision_feature_select_strategy: "full" };

const named = (owner: string, ...names: readonly string[]): string[] => names.map((name) => `${owner}/${name}`);

const hf = (names: readonly string[], llm: KnownCheckpoints["llm"], tower: KnownCheckpoints["tower"], more: Partial<KnownCheckpoints> = {}): KnownCheckpoints => ({ names, format: "composite", modelType: "llava", llm, tower, ...more }); // prettier-ignore
const own = (names: readonly string[], modelType: string, llm: KnownCheckpoints["llm"], tower: KnownCheckpoints["tower"], more: Partial<KnownCheckpoints> = {}): KnownCheckpoints => ({ names, format: "original", modelType, llm, tower, ...more }); // prettier-ignore
const tiny = (names: readonly string[], llm: KnownCheckpoints["llm"], more: Partial<KnownCheckpoints> = {}): KnownCheckpoints => ({ names, format: "factory", modelType: "tinyllava", llm, tower: "so400m", ...more }); // prettier-ignore

const INSIDE = { holdsTower: true };

/** The list, in the order in which a tool gets to them. */
export const KNOWN_CHECKPOINTS: readonly KnownCheckpoints[] = [
  // CLIP, one picture, llama, mistral and qwen2.
  own(named("liuhaotian", "llava-v1.5-7b", "llava-v1.5-13b"), "llava_llama", "llama", "clip336"),
  own(["liuhaotian/llava-llama-2-13b-chat-lightning-preview"], "llava", "llama", "clip224", { config: { mm_projector_type: "linear", image_aspect_ratio: undefined } }), // prettier-ignore
  own(named("Lin-Chen", "ShareGPT4V-7B", "ShareGPT4V-13B"), "llava_llama", "llama", "clip336", INSIDE),
  hf(named("llava-hf", "llava-1.5-7b-hf", "llava-1.5-13b-hf"), "llama", "clip336"),
  hf(["llava-hf/bakLlava-v1-hf"], "mistral", "clip336"),
  own(["SkunkworksAI/BakLLaVA-1", "microsoft/llava-med-v1.5-mistral-7b"], "llava_mistral", "mistral", "clip336"),
  hf(["bczhou/tiny-llava-v1-hf"], "llama", "clip336"),
  own(["MBZUAI/LLaVA-Meta-Llama-3-8B-Instruct-FT", "xtuner/llava-llama-3-8b-v1_1-hf"], "llava_llama", "llama3", "clip336", INSIDE), // prettier-ignore
  hf(["xtuner/llava-llama-3-8b-v1_1-transformers"], "llama3", "clip336"),
  own(["xtuner/llava-phi-3-mini-hf"], "llava_llama", "llama", "clip336", INSIDE),
  own(named("aimagelab", "LLaVA_MORE-llama_3_1-8B-finetuning", "LLaVA_MORE-llama_3_1-reasoning-finetuning"), "llava_llama", "llama31", "clip336"), // prettier-ignore
  hf(["TIGER-Lab/Mantis-8B-clip-llama3"], "llama3", "clip336"),
  // SigLIP in known formats.
  hf(["TIGER-Lab/Mantis-8B-siglip-llama3", "cyberagent/llava-calm2-siglip"], "llama3", "so400m", { cited: "shared list" }), // prettier-ignore
  hf(["fancyfeast/llama-joycaption-alpha-two-hf-llava"], "llama31", "so400m", { config: { vision_feature_select_strategy: "full" } }), // prettier-ignore
  hf(["fancyfeast/llama-joycaption-beta-one-hf-llava"], "llama31", "siglip2", { config: { vision_feature_select_strategy: "full" } }), // prettier-ignore
  hf(named("llava-hf", "llava-interleave-qwen-0.5b-hf", "llava-interleave-qwen-7b-hf", "llava-interleave-qwen-7b-dpo-hf"), "qwen2", "so400m", { config: SIGLIP_FULL, towerLayers: 3 }), // prettier-ignore
  own(["aimagelab/LLaVA_MORE-llama_3_1-8B-siglip-finetuning"], "llava_llama", "llama31", "so400m"),
  // Formats of forks, of the same LLMs.
  own(["BAAI/Bunny-v1_0-2B-zh"], "bunny-qwen2", "qwen2", "so400m", INSIDE),
  own(["BAAI/Bunny-Llama-3-8B-V"], "bunny-llama", "llama3", "so400m", INSIDE),
  own(["MILVLG/Imp-v1.5-2B-Qwen1.5"], "imp_qwen2", "qwen2", "so400m", INSIDE),
  own(["bczhou/TinyLLaVA-1.5B"], "tiny_llava", "llama", "so400m", INSIDE),
  tiny(named("Zhang199", "TinyLLaVA-Qwen2-0.5B-SigLIP", "TinyLLaVA-Qwen2.5-3B-SigLIP"), "qwen2"),
  tiny(["TucanoBR/ViTucano-2b8-v1"], "wideLlama"),
  tiny(["keeeeenw/MicroLlava"], "llama"),
  // Tiles on CLIP.
  own(named("liuhaotian", "llava-v1.6-vicuna-7b", "llava-v1.6-vicuna-13b"), "llava_llama", "llama", "clip336", { ...INSIDE, config: ANYRES }), // prettier-ignore
  own(["liuhaotian/llava-v1.6-mistral-7b"], "llava_mistral", "mistral", "clip336", { ...INSIDE, config: ANYRES }),
  own(["liuhaotian/llava-v1.6-34b"], "llava_llama", "llama", "clip336", { ...INSIDE, config: ANYRES }),
  hf(named("llava-hf", "llava-v1.6-vicuna-7b-hf", "llava-v1.6-vicuna-13b-hf", "llava-v1.6-34b-hf"), "llama", "clip336", { modelType: "llava_next", config: HF_NEXT }), // prettier-ignore
  hf(["llava-hf/llava-v1.6-mistral-7b-hf"], "mistral", "clip336", { modelType: "llava_next", config: HF_NEXT }),
  hf(["llava-hf/llama3-llava-next-8b-hf"], "llama3", "clip336", { modelType: "llava_next", config: HF_NEXT }),
  hf(named("llava-hf", "llava-next-72b-hf", "llava-next-110b-hf"), "qwen2", "clip336", { modelType: "llava_next", config: HF_NEXT }), // prettier-ignore
  own(["lmms-lab/llama3-llava-next-8b"], "llava_llama", "llama3", "clip336", { ...INSIDE, config: ANYRES }),
  own(named("lmms-lab", "llava-next-72b", "llava-next-110b"), "llava_qwen", "qwen2", "clip336", { ...INSIDE, config: ANYRES }), // prettier-ignore
  own(["Lin-Chen/open-llava-next-vicuna-7b"], "llava_llama", "llama", "clip336", { ...INSIDE, config: ANYRES }),
  own(["Lin-Chen/open-llava-next-llama3-8b"], "llava_llama", "llama3", "clip336", { ...INSIDE, config: ANYRES }),
  own(["Tongyi-ConvAI/MMEvol-Qwen2-7B"], "llava_qwen2", "qwen2", "clip336", { ...INSIDE, config: ANYRES }),
  own(["Tongyi-ConvAI/MMEvol-LLaMA3-8B"], "llava_llama", "llama3", "clip336", { ...INSIDE, config: ANYRES }),
  // Tiles on SigLIP.
  own(named("lmms-lab", "llava-next-interleave-qwen-0.5b", "llava-next-interleave-qwen-7b", "llava-next-qwen-32b"), "llava_qwen", "qwen2", "so400m", { ...INSIDE, towerLayers: 3, config: ANYRES_SIGLIP }), // prettier-ignore
  // Tiles up to a number, pooled.
  own(named("lmms-lab", ...["0.5b", "7b", "72b"].map((size) => `llava-onevision-qwen2-${size}-si`), "llava-onevision-qwen2-0.5b-ov", "llava-onevision-qwen2-7b-ov", "llava-onevision-qwen2-72b-ov-sft", "llava-onevision-qwen2-7b-ov-chat", "llava-onevision-qwen2-72b-ov-chat"), "llava_qwen", "qwen2", "so400m", { ...INSIDE, towerLayers: 3, config: ANYRES_MAX(9) }), // prettier-ignore
  hf(named("llava-hf", ...["0.5b", "7b", "72b"].flatMap((size) => ["si", "ov"].map((kind) => `llava-onevision-qwen2-${size}-${kind}-hf`))), "qwen2", "so400m", { modelType: "llava_onevision", towerLayers: 3, config: HF_ONEVISION }), // prettier-ignore
  hf(["NCSOFT/VARCO-VISION-14B-HF"], "qwen2", "so400m", { modelType: "llava_onevision", towerLayers: 3, config: HF_ONEVISION }), // prettier-ignore
  own(["BAAI/Aquila-VL-2B-llava-qwen", "lmms-lab/LLaVA-Video-7B-Qwen2"], "llava_qwen", "qwen2", "so400m", { ...INSIDE, towerLayers: 3, config: ANYRES_MAX(9) }), // prettier-ignore
  // Phi.
  own(["bczhou/TinyLLaVA-3.1B"], "tiny_llava_phi", "phi", "so400m"),
  tiny(["tinyllava/TinyLLaVA-Phi-2-SigLIP-3.1B"], "phi"),
  own(["BAAI/Bunny-v1_0-3B"], "bunny-phi", "phi", "so400m", INSIDE),
  own(["MILVLG/imp-v1-3b", "MILVLG/Imp-v1.5-3B-Phi2"], "imp", "phi", "so400m", INSIDE),
  own(["MILVLG/Imp-v1.5-3B-196"], "imp", "oldPhi", "so196", INSIDE),
  own(named("FreedomIntelligence", "ALLaVA-3B", "ALLaVA-3B-Longer", "ALLaVA-Phi2-2_7B"), "llava_phi", "phi", "clip336", INSIDE), // prettier-ignore
  own(["ZechenBai/LOVA3-llava-v1.5-phi1.5-gemini"], "llava_phi1_5", "phi", "clip336", INSIDE),
  // Phi-3.
  own(named("MBZUAI", "LLaVA-Phi-3-mini-4k-instruct", "LLaVA-Phi-3-mini-4k-instruct-FT"), "llava_phi", "phi3", "clip336", INSIDE), // prettier-ignore
  own(["FreedomIntelligence/ALLaVA-Phi3-mini-128k"], "llava_phi3", "phi3Long", "clip336", INSIDE),
  own(["MILVLG/Imp-v1.5-4B-Phi3"], "imp_phi3", "phi3", "so400m", INSIDE),
  own(["BAAI/Bunny-v1_0-4B"], "bunny-phi3", "phi3", "so400m", INSIDE),
  own(["aimagelab/LLaVA_MORE-phi_4-finetuning"], "llava_phi", "phi4mini", "clip336"),
  // Gemma.
  tiny(["tinyllava/TinyLLaVA-Gemma-SigLIP-2.4B"], "gemma", { config: { tie_word_embeddings: true } }),
  hf(["Intel/llava-gemma-2b", "Intel/llava-gemma-7b", "deepvk/llava-gemma-2b-lora"], "gemma", "clip336", { config: { transformers_version: "4.42.4", tie_word_embeddings: true } }), // prettier-ignore
  own(["aimagelab/LLaVA_MORE-gemma_2_9b-finetuning"], "llava_gemma", "gemma2", "clip336"),
  own(["aimagelab/LLaVA_MORE-gemma_2_9b-siglip2-finetuning"], "llava_gemma", "gemma2", "siglip2"),
  // StableLM.
  own(["bczhou/TinyLLaVA-2.0B"], "tiny_llava_stablelm", "stablelm", "so400m", INSIDE),
  own(["FreedomIntelligence/ALLaVA-StableLM2-1_6B"], "llava_stablelm_1_6b", "stablelm", "clip336", INSIDE),
  // Granite, whose projector takes four hidden states side by side.
  hf(named("ibm-granite", "granite-vision-3.1-2b-preview", "granite-vision-3.2-2b", "granite-vision-3.3-2b"), "granite", "so400m", { modelType: "llava_next", config: { image_grid_pinpoints: GRANITE_GRID, use_image_newline_parameter: true, vision_feature_layer: [-4, -3, -2, -1], vision_feature_select_strategy: "full", tie_word_embeddings: true } }), // prettier-ignore
];
