import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { readDecoder } from "../../src/model/llm/decoder.js";
import { buildDecoderGraph } from "../../src/model/llm/decoder-graph.js";
import { openLlm } from "../../src/model/llm/llm-folder.js";
import { buildTowerGraph } from "../../src/model/vision/tower-graph.js";
import { VisionTower } from "../../src/runtime/parts/vision-tower.js";
import type { Weights } from "../../src/checkpoint/weights.js";
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
  const decoder = readDecoder(await openLlm(join(MODELS, model)));
  const weights = withNames(decoder.weights, ...extras);
  buildDecoderGraph({ ...decoder, weights }, { target: { compute: "float32" }, positions: 1 });
}

async function openTower() {
  const folder = join(WORLD, "vision");
  const weights = { tensors: (await openCheckpoint(folder)).tensors, path: folder };
  const prefix = [...weights.tensors.keys()].find((name) => name.includes("encoder.layers."))!.split("encoder.")[0]!;
  return { spec: await VisionTower.spec(folder), weights, prefix };
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
      /other: no layer uses "model\.layers\.0\.self_attn\.\w_proj\.bias" and 11 more, by the model_type and the settings of config\.json; /,
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
    ["llama-tied", "model.layers.1.self_attn.o_proj.bias"],
    ["llama-tied", "model.layers.0.mlp.up_proj.bias"],
    ["llama-tied", "model.layers.0.mlp.experts.0.w1.weight"],
    ["qwen2-tied", "model.layers.0.self_attn.q_norm.weight"],
    ["qwen3", "model.layers.0.self_attn.k_proj.bias"],
    ["mistral-window", "model.norm.bias"],
    ["mistral-window", "lm_head.bias"],
  ])("%s with %s", async (model, name) => {
    const message = `no layer uses "${name}", by the model_type and the settings of config.json; `;
    await expect(checkLlm(model, name)).rejects.toThrow(message);
  });

  test.each(["embeddings.patch_embedding.bias", "encoder.layers.1.self_attn.q_norm.weight"])(
    "a vision tower with %s, whichever of its layers are built",
    async (name) => {
      const { spec, weights, prefix } = await openTower();
      const more = withNames(weights, `${prefix}${name}`);
      for (const selectLayer of [-1, 1]) {
        const options = { spec, weights: more, target: { compute: "float32" }, selectFeature: "patch" } as const;
        expect(() => buildTowerGraph({ ...options, selectLayer })).toThrow(/no layer uses "\S+", by the model_type/);
      }
    },
  );
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
    const { spec, weights, prefix } = await openTower();
    const text = ["text_model.encoder.layers.11.self_attn.q_proj.bias", "logit_scale", "visual_projection.weight"];
    const whole = withNames(weights, ...text, `${prefix}embeddings.position_ids`);
    const options = { weights: whole, target: { compute: "float32" }, selectLayer: 1, selectFeature: "patch" } as const;
    expect(() => buildTowerGraph({ spec, ...options })).not.toThrow();
    expect(() => buildTowerGraph({ spec: { ...spec, layers: 1 }, ...options })).toThrow(
      /num_hidden_layers 1, the weights have \d;/,
    );
  });
});
