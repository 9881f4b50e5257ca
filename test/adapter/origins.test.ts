import { expect, test } from "@jest/globals";
import { settleOrigin } from "../../src/adapter/origins.js";

const SIGLIP = "google/siglip-so400m-patch14-384";
const taken = (config: Readonly<Record<string, unknown>>): unknown[] => {
  const settled = settleOrigin(config);
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
  expect(settleOrigin(config)).toMatchObject({
    mm_projector_type: "mlp2x_gelu",
    mm_vision_tower: SIGLIP,
    mm_hidden_size: 1152,
  });
});
