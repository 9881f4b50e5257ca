import { expect, test } from "@jest/globals";
import { settleOrigin } from "../../src/adapter/origins.js";

const SIGLIP = "google/siglip-so400m-patch14-384";
const taken = (config: Readonly<Record<string, unknown>>): unknown[] => {
  const settled = settleOrigin(config, "folder");
  return [settled["mm_vision_select_layer"], settled["mm_vision_select_feature"]];
};

test.each([
  ["TinyLLaVA_Factory drops the first patch", { model_type: "tinyllava", vision_feature_layer: -2, vision_feature_select_strategy: "patch" }, [-2, "not_first"]],
  ["TinyLLaVABench takes the last state of SigLIP", { model_type: "tiny_llava_phi", mm_vision_tower: SIGLIP, mm_vision_select_layer: -2, mm_vision_select_feature: "patch" }, [-1, "cls_patch"]],
  ["and of CLIP what the config says", { model_type: "tiny_llava", mm_vision_tower: "openai/clip", mm_vision_select_layer: -2, mm_vision_select_feature: "patch" }, [-2, "patch"]],
  ["Bunny takes the last state but one", { model_type: "bunny-phi", mm_vision_tower: SIGLIP }, [-2, "patch"]],
  ["others say it", { model_type: "llava_qwen", mm_vision_tower: SIGLIP, mm_vision_select_layer: -3 }, [-3, undefined]],
])("%s", (_, config, expected) => {
  expect(taken(config)).toEqual(expected);
}); // prettier-ignore

test("TinyLLaVA_Factory's names become LLaVA's", () => {
  const config = {
    model_type: "tinyllava",
    connector_type: "mlp2x_gelu",
    vision_model_name_or_path: SIGLIP,
    vision_hidden_size: 1152,
  };
  expect(settleOrigin(config, "folder")).toMatchObject({
    mm_projector_type: "mlp2x_gelu",
    mm_vision_tower: SIGLIP,
    mm_hidden_size: 1152,
  });
});

test("transformers' settings become LLaVA's, with the width of a grid first", () => {
  const config = {
    ...{ model_type: "llava_next", text_config: {}, vision_feature_layer: -3, vision_feature_select_strategy: "full" },
    image_grid_pinpoints: [
      [336, 672],
      [1008, 336],
    ],
  };
  expect(settleOrigin(config, "folder")).toMatchObject({
    mm_projector_type: "mlp2x_gelu",
    mm_vision_tower: ".",
    mm_vision_select_layer: -3,
    mm_vision_select_feature: "cls_patch",
    image_aspect_ratio: "anyres",
    image_grid_pinpoints: [
      [672, 336],
      [336, 1008],
    ],
    mm_patch_merge_type: "spatial_unpad",
  });
  const old = { model_type: "llava", mm_vision_select_layer: -2 };
  expect(settleOrigin(old, "folder")).toBe(old);
});

test("an adapter takes one hidden state, and the activation of LLaVA's projector", () => {
  const settle = (fields: object) => () => settleOrigin({ model_type: "llava", text_config: {}, ...fields }, "folder");
  expect(settle({ vision_feature_layer: [-4, -1] })).toThrow(
    "folder: vision_feature_layer lists 2 hidden states, expected one",
  );
  expect(settle({ projector_hidden_act: "relu" })).toThrow(/^folder.*projector_hidden_act/);
});
