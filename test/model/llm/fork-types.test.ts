import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { settleModelType } from "../../../src/model/llm/fork-types.js";
import { randomTensor, safetensorsBytes, type TestTensor } from "../../helpers/make-folders.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

const root = temporaryFolder();

describe("a model_type of a fork", () => {
  const layer = (name: string): string => `model.layers.0.${name}`;
  const settled = (type: string, ...names: string[]): unknown =>
    settleModelType({ model_type: type }, names.map(layer));

  test.each([
    ["llava_phi", "self_attn.qkv_proj.weight", "phi3"],
    ["llava_phi", "self_attn.dense.weight", "phi"],
    ["bunny-qwen2", "self_attn.q_proj.bias", "qwen2"],
    ["imp_phi3", "self_attn.qkv_proj.weight", "phi3"],
    ["tiny_llava_stablelm", "input_layernorm.bias", "stablelm"],
    ["tiny_llava", "self_attn.q_proj.weight", "llama"],
    ["bunny-gemma", "self_attn.q_proj.weight", "gemma"],
    ["bunny-gemma", "pre_feedforward_layernorm.weight", "gemma2"],
  ])("%s with %s is %s", (type, tensor, family) => {
    expect(settled(type, tensor)).toEqual({ model_type: family });
  });

  test("transformers' own names, other architectures and composites stay as they are", () => {
    for (const type of ["llama", "llava_llama", "minicpm", "internlm2"]) {
      expect(settled(type, "self_attn.qkv_proj.weight")).toEqual({ model_type: type });
    }
    const composite = { model_type: "tinyllava", text_config: { model_type: "phi" } };
    expect(settleModelType(composite, [])).toBe(composite);
    expect(settleModelType(null, [])).toBeNull();
  });
});

describe("Microsoft's first files of Phi", () => {
  const [width, inner, vocabulary] = [64, 96, 40];
  const random = (seed: number, ...shape: number[]): TestTensor => randomTensor(shape, seed);
  const parts = ["q", "k", "v"].map((_, i) => [random(10 + i, width, width), random(20 + i, width)] as const);
  const common: Readonly<Record<string, TestTensor>> = {
    "model.layers.0.mlp.fc1.weight": random(1, inner, width),
    "model.layers.0.mlp.fc1.bias": random(2, inner),
    "model.layers.0.mlp.fc2.weight": random(3, width, inner),
    "model.layers.0.mlp.fc2.bias": random(4, width),
    "model.layers.0.self_attn.dense.weight": random(5, width, width),
    "model.layers.0.self_attn.dense.bias": random(6, width),
    "model.layers.0.input_layernorm.weight": random(7, width),
    "model.layers.0.input_layernorm.bias": random(8, width),
    "model.embed_tokens.weight": random(9, vocabulary, width),
    "model.final_layernorm.weight": random(13, width),
    "model.final_layernorm.bias": random(14, width),
    "lm_head.weight": random(15, vocabulary, width),
    "lm_head.bias": random(16, vocabulary),
  };
  const old = (name: string): string =>
    name
      .replace("model.layers.", "transformer.h.")
      .replace("self_attn.dense", "mixer.out_proj")
      .replace("input_layernorm", "ln")
      .replace("model.embed_tokens", "transformer.embd.wte")
      .replace("model.final_layernorm", "lm_head.ln")
      .replace(/^lm_head\.(weight|bias)$/, "lm_head.linear.$1");
  const joined = (tensors: readonly TestTensor[], ...shape: number[]): TestTensor => {
    return { shape, values: Float32Array.from(tensors.flatMap(({ values }) => [...values])) };
  };

  function write(name: string, config: object, tensors: Readonly<Record<string, TestTensor>>): string {
    const folder = join(root, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "config.json"), JSON.stringify({ vocab_size: vocabulary, ...config }));
    writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(tensors));
    return folder;
  }

  test("are the same model as transformers' files", async () => {
    const apart = Object.fromEntries(
      parts.flatMap(([weight, bias], i) => {
        const name = `model.layers.0.self_attn.${["q", "k", "v"][i]}_proj`;
        return [[`${name}.weight`, weight] as const, [`${name}.bias`, bias] as const];
      }),
    );
    const sizes = { hidden_size: width, intermediate_size: inner, num_hidden_layers: 1, num_attention_heads: 2 };
    const now = write("now", { model_type: "phi", ...sizes, max_position_embeddings: 64 }, { ...common, ...apart });
    const renamed = Object.fromEntries(Object.entries(common).map(([name, tensor]) => [old(name), tensor]));
    const then = write(
      "then",
      {
        ...{ model_type: "phi-msft", n_embd: width, n_inner: inner, n_layer: 1, n_head: 2, n_positions: 64 },
        ...{ rotary_dim: 16, activation_function: "gelu_new", layer_norm_epsilon: 1e-5 },
      },
      {
        ...renamed,
        "transformer.h.0.mixer.Wqkv.weight": joined(
          parts.map(([weight]) => weight),
          3 * width,
          width,
        ),
        "transformer.h.0.mixer.Wqkv.bias": joined(
          parts.map(([, bias]) => bias),
          3 * width,
        ),
      },
    );
    const logits = (llm: string): Promise<Float32Array> =>
      withModel({ llm, cacheFolder: root, threads: 1 }, ({ llm: model }) =>
        model!.logits({ embeddings: model!.embed([3, 1, 4, 1, 5]) }),
      );
    const [is, was] = [await logits(then), await logits(now)];
    is.forEach((value, i) => expect(value).toBeCloseTo(was[i]!, 5));
    const rounded = (llm: string): Promise<Float32Array> =>
      withModel({ llm, cacheFolder: root, threads: 1, dtype: "q8" }, ({ llm: model }) =>
        model!.logits({ embeddings: model!.embed([3, 1, 4, 1, 5]) }),
      );
    (await rounded(then)).forEach((value, i) => expect(Math.abs(value - was[i]!)).toBeLessThan(0.05));
  });
});
