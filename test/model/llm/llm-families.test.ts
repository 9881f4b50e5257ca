import { describe, expect, test } from "@jest/globals";
import { readVision } from "../../../src/model/vision/vision-families.js";
import { readLlava } from "../../../src/adapter/transformers-llava.js";
import { readDecoderSpec, tiedByClass } from "../../../src/model/llm/llm-families.js";

/** What llava-hf/llava-1.5-7b-hf says in its config.json, which leaves out what is its class's default. */
const LLAVA_15 = {
  architectures: ["LlavaForConditionalGeneration"],
  image_token_index: 32000,
  model_type: "llava",
  projector_hidden_act: "gelu",
  text_config: {
    _name_or_path: "lmsys/vicuna-7b-v1.5",
    max_position_embeddings: 4096,
    model_type: "llama",
    rms_norm_eps: 1e-5,
    vocab_size: 32064,
  },
  vision_config: {
    hidden_size: 1024,
    image_size: 336,
    intermediate_size: 4096,
    model_type: "clip_vision_model",
    num_attention_heads: 16,
    num_hidden_layers: 24,
    patch_size: 14,
    projection_dim: 768,
    vocab_size: 32000,
  },
  vision_feature_layer: -2,
  vision_feature_select_strategy: "default",
};

describe("a composite's config", () => {
  test("is completed with the defaults of its parts' classes", () => {
    expect(readDecoderSpec(LLAVA_15, "llava")).toMatchObject({
      vocabSize: 32064,
      hiddenSize: 4096,
      intermediateSize: 11008,
      heads: 32,
      kvHeads: 32,
      headDim: 128,
      epsilon: 1e-5,
      maxPositions: 4096,
    });
    expect(readVision(LLAVA_15, "llava")).toMatchObject({
      hiddenSize: 1024,
      layers: 24,
      imageSize: 336,
      patchSize: 14,
    });
    expect(readLlava(LLAVA_15, "llava")).toEqual({
      selectLayer: -2,
      selectFeature: "not_first",
      imageScheme: { name: "square" },
      imageToken: 32000,
    });
  });

  test.each([true, 7, "llama"])("that says %j of its LLM is refused in one line", (text_config) => {
    expect(() => readDecoderSpec({ ...LLAVA_15, text_config }, "llava")).toThrow(
      /^llava\/config\.json: model_type is missing; this LLM cannot be run here/,
    );
    expect(tiedByClass({ ...LLAVA_15, text_config })).toBeUndefined();
  });

  test("says twice which token is an image's, and the newer word counts", () => {
    expect(readLlava({ ...LLAVA_15, image_token_id: 7 }, "llava").imageToken).toBe(7);
    expect(readLlava({ ...LLAVA_15, image_token_id: null }, "llava").imageToken).toBe(32000);
  });

  test("of a mistral or a qwen has that class's defaults", () => {
    const spec = (model_type: string) => readDecoderSpec({ text_config: { model_type } }, "llava");
    expect(spec("mistral")).toMatchObject({ intermediateSize: 14336, kvHeads: 8 });
    expect(spec("mistral").layers[0]!.window).toBe(4096);
    expect(spec("qwen2")).toMatchObject({ vocabSize: 151936, intermediateSize: 22016, maxPositions: 32768 });
  });

  test.each([
    [{ vision_feature_layer: [] }, /vision_feature_layer is \[\]; supported: one hidden state .* or a list of 1 to 16/],
    [{ model_type: "vipllava" }, /model_type is "vipllava"; supported: llava, llava_next, llava_onevision/],
    [{ projector_hidden_act: "relu" }, /projector_hidden_act is "relu"; .* supported: "gelu"/],
    [{ vision_feature_select_strategy: "pooled" }, /vision_feature_select_strategy is "pooled"/],
  ])("%j is refused by name", (change, message) => {
    expect(() => readLlava({ ...LLAVA_15, ...change }, "llava")).toThrow(message);
  });

  test("with another vision tower is refused by name", () => {
    const config = { ...LLAVA_15, vision_config: { model_type: "pixtral" } };
    expect(() => readVision(config, "llava")).toThrow(/model_type is "pixtral"; .* supported: clip, siglip/);
  });
});

/** What transformers 5.18.0 makes of the same fields: MistralConfig, Qwen2Config and Qwen3Config. */
describe("what config.json leaves out about sliding windows is as in transformers", () => {
  const SIZES = {
    vocab_size: 100,
    hidden_size: 64,
    intermediate_size: 64,
    num_hidden_layers: 30,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    max_position_embeddings: 64,
  };
  const windows = (model_type: string, fields: object) =>
    readDecoderSpec({ ...SIZES, model_type, ...fields }, "llm").layers.map(({ window }) => window);
  const of = (count: number, window: number | undefined) => Array.from({ length: count }, () => window);

  test("mistral has a window of 4096, and none where it is null", () => {
    expect(windows("mistral", {})).toEqual(of(30, 4096));
    expect(windows("mistral", { sliding_window: null })).toEqual(of(30, undefined));
  });

  test.each(["qwen2", "qwen3"])("%s has one of 4096 from layer 28 on, once it is switched on", (family) => {
    const on = { use_sliding_window: true };
    expect(windows(family, {})).toEqual(of(30, undefined));
    expect(windows(family, on)).toEqual([...of(28, undefined), ...of(2, 4096)]);
    expect(windows(family, { ...on, max_window_layers: 29, sliding_window: 8 })).toEqual([...of(29, undefined), 8]);
    expect(windows(family, { ...on, sliding_window: null })).toEqual(of(30, undefined));
    const types = ["sliding_attention", ...Array.from({ length: 29 }, () => "full_attention")];
    expect(windows(family, { ...on, layer_types: types })).toEqual([4096, ...of(29, undefined)]);
  });
});

describe("what config.json leaves out", () => {
  test("is what transformers' class has, within a composite or not", () => {
    const spec = (config: object) => readDecoderSpec(config, "llm");
    expect(spec({ model_type: "llama" })).toMatchObject({ hiddenSize: 4096, vocabSize: 32_000, maxPositions: 2048 });
    expect(spec({ model_type: "mistral" })).toMatchObject({ kvHeads: 8, intermediateSize: 14_336 });
    expect(spec({ model_type: "qwen3" })).toEqual(spec({ text_config: { model_type: "qwen3" } }));
  });

  test("of layers: a Mistral whose layers differ is a Ministral, but within a composite", () => {
    const layer_types = ["sliding_attention", "attention"];
    const config = { model_type: "mistral", num_hidden_layers: 2, layer_types, sliding_window: 7 };
    const windows = (own: object) => readDecoderSpec(own, "llm").layers.map(({ window }) => window);
    expect(windows(config)).toEqual([7, undefined]);
    expect(windows({ ...config, model_type: "ministral" })).toEqual([7, undefined]);
    expect(windows({ text_config: config })).toEqual([7, 7]);
    expect(windows({ ...config, layer_types: null })).toEqual([7, 7]);
    expect(() => windows({ ...config, sliding_window: null })).toThrow(
      /layer_types has sliding layers, and sliding_window/,
    );
  });

  test("a composite caps no logits, as transformers' have a head of their own", () => {
    const own = { model_type: "gemma2", final_logit_softcapping: 30 };
    expect(readDecoderSpec(own, "llm").logitCap).toBe(30);
    expect(readDecoderSpec({ text_config: own }, "llm").logitCap).toBeUndefined();
  });
});
