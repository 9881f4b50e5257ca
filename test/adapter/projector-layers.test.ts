import { describe, expect, test } from "@jest/globals";
import { findProjector } from "../../src/adapter/projector-layers.js";
import type { Dtype } from "../../src/tensor/dtype.js";
import type { TensorInfo } from "../../src/tensor/tensor-info.js";

function tensor(name: string, shape: readonly number[], dtype: Dtype = "F32"): TensorInfo {
  return { name, shape, dtype, file: "weights", byteOffset: 0, byteLength: 0 };
}

const LAYER_0 = [tensor("model.mm_projector.0.weight", [5, 3]), tensor("model.mm_projector.0.bias", [5])];
const LAYER_2 = [tensor("model.mm_projector.2.weight", [5, 5]), tensor("model.mm_projector.2.bias", [5])];
const LAYER_3 = [tensor("model.mm_projector.3.weight", [9, 5]), tensor("model.mm_projector.3.bias", [9])];
/** Of transformers' LLaVA. */
const THEIRS = [1, 2].flatMap((number) => [
  tensor(`model.multi_modal_projector.linear_${number}.weight`, [5, number === 1 ? 3 : 5]),
  tensor(`model.multi_modal_projector.linear_${number}.bias`, [5]),
]);

describe("findProjector", () => {
  test("tells a vocabulary projector and its sizes behind any prefix", () => {
    const named = [...LAYER_0, ...LAYER_2, ...LAYER_3];
    const bare = named.map((info) => ({ ...info, name: info.name.replace("model.", "") }));
    for (const tensors of [bare, [...named, tensor("model.embed_tokens.weight", [7, 4])]]) {
      expect(findProjector(tensors, "adapter")).toMatchObject({
        kind: "mm_vocab",
        visionHiddenSize: 3,
        mlpHiddenSize: 5,
        rows: 9,
        dtype: "F32",
      });
    }
  });

  test("tells LLaVA's ordinary projector by its two layers", () => {
    expect(findProjector([...LAYER_0, ...LAYER_2], "llava")).toMatchObject({ kind: "mlp2x_gelu", llmHiddenSize: 5 });
  });

  test("tells LLaVA's first projector by its one layer, whose keys have no number", () => {
    expect(findProjector(THEIRS, "llava-hf")).toMatchObject({
      kind: "mlp2x_gelu",
      visionHiddenSize: 3,
      llmHiddenSize: 5,
    });
    const bare = [tensor("model.mm_projector.weight", [7, 3]), tensor("model.mm_projector.bias", [7])];
    expect(findProjector(bare, "llava")).toMatchObject({ kind: "linear", visionHiddenSize: 3, llmHiddenSize: 7 });
  });

  const integers = [...LAYER_0, ...LAYER_2].map((info) => ({ ...info, dtype: "I8" as const }));
  const mixed = [...LAYER_0, ...LAYER_2.map((info) => ({ ...info, dtype: "BF16" as const }))];
  // What bitsandbytes and GPTQ write in the place of a weight and beside it.
  const BITSANDBYTES = [
    tensor("model.mm_projector.0.weight", [8, 1], "U8"),
    ...["absmax", "quant_map", "nested_absmax", "nested_quant_map", "quant_state.bitsandbytes__nf4"].map((part) =>
      tensor(`model.mm_projector.0.weight.${part}`, [16], "U8"),
    ),
    LAYER_0[1]!,
  ];
  const GPTQ = ["qweight", "qzeros", "scales", "g_idx"].map((part) => tensor(`mm_projector.0.${part}`, [4, 4]));
  test.each<[string, readonly TensorInfo[], RegExp]>([
    [
      "one packed to 4 bits",
      BITSANDBYTES,
      /quantised \(by bitsandbytes \(4 bits\), "model\.mm_projector\.0\.weight\.absmax"\)/,
    ],
    [
      "one of GPTQ",
      [...GPTQ, LAYER_0[1]!],
      /quantised \(by GPTQ or AWQ, "mm_projector\.0\.qweight"\), .*; use the one that was/,
    ],
    ["no projector", [tensor("lm_head.weight", [2, 2])], /adapter: holds no "mm_projector/],
    ["an unknown set of layers", LAYER_3, /has layers 3; expected 0, 2, 3/],
    ["a missing bias", [...LAYER_0, ...LAYER_2, LAYER_3[0]!], /"mm_projector.3.bias" is missing/],
    [
      "layers that do not chain",
      [...LAYER_0, ...LAYER_2, tensor("mm_projector.3.weight", [9, 4]), LAYER_3[1]!],
      /layer 2 gives 5 values, layer 3 takes 4/,
    ],
    [
      "a bias of another size",
      [...LAYER_0, ...LAYER_2, LAYER_3[0]!, tensor("mm_projector.3.bias", [8])],
      /is \(8\), expected \(9\)/,
    ],
    [
      "a weight of four dimensions",
      [tensor("mm_projector.0.weight", [5, 3, 1, 1]), LAYER_0[1]!, ...LAYER_2],
      /two dim/,
    ],
    [
      "a projector of transformers that has more than two layers",
      [...THEIRS, tensor("multi_modal_projector.projector_layernorm.weight", [3])],
      /^adapter: "multi_modal_projector\.projector_layernorm\.weight" is none of LLaVA's two linear layers/,
    ],
    ["two projectors", [...LAYER_0, tensor("mm_projector.0.weight", [5, 3])], /holds two projectors/],
    [
      "integers",
      integers,
      /the projector is quantised \("model\.mm_projector\.0\.weight" is I8\), and its numbers are not/,
    ],
    ["mixed dtypes", mixed, /is F32 and BF16/],
  ])("refuses %s", (_, tensors, message) => {
    expect(() => findProjector(tensors, "adapter")).toThrow(message);
  });
});
