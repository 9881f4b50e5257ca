import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { decoderNames } from "../../src/model/llm/decoder-names.js";
import { readDecoderSpec } from "../../src/model/llm/llm-families.js";
import { refuseUnusedInDecoder, refuseUnusedInTower } from "../../src/model/unused-tensors.js";
import type { Weights } from "../../src/model/weights.js";
import { loadModel } from "../../src/runtime/parts/load-model.js";
import { MODELS } from "../helpers/goldens.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const work = temporaryFolder();

/** A copy of a folder with other config fields. */
function changed(folder: string, name: string, fields: Readonly<Record<string, unknown>>): string {
  const copy = join(work, name);
  cpSync(folder, copy, { recursive: true });
  const config = JSON.parse(readFileSync(join(copy, "config.json"), "utf8")) as object;
  writeFileSync(join(copy, "config.json"), JSON.stringify({ ...config, ...fields }));
  return copy;
}

/** Weights of these names; nothing but their names is looked at. */
const withNames = (weights: Weights, ...names: readonly string[]): Weights => {
  const any = weights.tensors.values().next().value!;
  return { ...weights, tensors: new Map([...weights.tensors, ...names.map((name) => [name, any] as const)]) };
};

async function checkLlm(model: string, ...extras: readonly string[]): Promise<void> {
  const config: unknown = JSON.parse(readFileSync(join(MODELS, model, "config.json"), "utf8"));
  const weights = { tensors: (await openCheckpoint(join(MODELS, model))).tensors, where: model };
  const spec = readDecoderSpec(config, model);
  refuseUnusedInDecoder(withNames(weights, ...extras), spec, decoderNames({ weights, config }));
}

describe("a folder whose config leaves weights unused is refused in one line", () => {
  const otherModels =
    "the config and the weights are of different models, take the config.json that came with the weights";

  test.each([
    [
      { num_hidden_layers: 1 },
      /fewer: no layer uses "model\.layers\.1\.\S+" and \d+ more, config\.json says num_hidden_layers 1, the weights have 4; /,
    ],
    [
      { model_type: "llama" },
      /other: no layer uses "model\.layers\.0\.self_attn\.\w_proj\.bias" and 11 more, config\.json's model_type and attention_bias ask for none; /,
    ],
  ])("an LLM with %j", async (fields, message) => {
    const name = "model_type" in fields ? "other" : "fewer";
    const loading = loadModel({ llm: changed(join(WORLD, "qwen2"), name, fields), cacheFolder: work });
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(otherModels);
  });

  test("a vision tower of fewer layers", async () => {
    const vision = changed(join(WORLD, "vision"), "tower", { num_hidden_layers: 1 });
    await expect(loadModel({ vision, cacheFolder: work })).rejects.toThrow(
      /tower: no layer uses "\S*encoder\.layers\.1\.\S+" and \d+ more, config\.json says num_hidden_layers 1, the weights have \d; /,
    );
  });

  test.each([
    ["llama-tied", "model.layers.1.self_attn.o_proj.bias", "model_type and attention_bias ask"],
    ["llama-tied", "model.layers.0.mlp.up_proj.bias", "model_type and mlp_bias ask"],
    ["qwen2-tied", "model.layers.0.self_attn.q_norm.weight", "model_type asks"],
    ["qwen3", "model.layers.0.self_attn.k_proj.bias", "model_type and attention_bias ask"],
    ["mistral-window", "model.norm.bias", "model_type asks"],
    ["mistral-window", "lm_head.bias", "model_type asks"],
  ])("%s with %s", async (model, name, keys) => {
    await expect(checkLlm(model, name)).rejects.toThrow(`no layer uses "${name}", config.json's ${keys} for none; `);
  });
});

describe("tensors that do no harm are passed over", () => {
  test("in a decoder", async () => {
    const extras = ["model.layers.0.self_attn.rotary_emb.inv_freq", "model.rotary_emb.inv_freq", "lm_head.weight"];
    await checkLlm("llama-tied", ...extras);
  });

  test("in a LLaVA folder, which holds the other parts too", async () => {
    await checkLlm(
      "llama-tied",
      "model.image_newline",
      "model.mm_projector.0.bias",
      "model.vision_tower.vision_tower.vision_model.encoder.layers.23.self_attn.q_proj.bias",
      "model.vision_tower.vision_tower.vision_model.post_layernorm.bias",
    );
    await checkLlm("llava-hf");
    await checkLlm("llava-hf-old");
  });

  test("in a whole CLIP", async () => {
    const { tensors } = await openCheckpoint(join(WORLD, "vision"));
    const prefix = [...tensors.keys()].find((name) => name.includes("encoder.layers."))!.split("encoder.")[0]!;
    const text = ["text_model.encoder.layers.11.self_attn.q_proj.bias", "logit_scale"];
    const weights = withNames({ tensors, where: "clip" }, ...text, `${prefix}embeddings.position_ids`);
    expect(() => refuseUnusedInTower(weights, 12, prefix)).not.toThrow();
    expect(() => refuseUnusedInTower(weights, 1, prefix)).toThrow(/num_hidden_layers 1, the weights have \d;/);
  });
});
