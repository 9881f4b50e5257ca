import { describe, expect, test } from "@jest/globals";
import { GraphBuilder } from "../../src/onnx/graph-builder.js";
import { cast, gemm, quickGelu, transpose } from "../../src/onnx/operators.js";
import { encodeModel } from "../../src/onnx/protobuf.js";

/** What the onnx package writes for the same model; test/goldens/make/onnx_bytes.py prints it. */
const EXPECTED = Buffer.from(
  [
    "080a120a6c616e676272696467653a90030a290a067765696768741206436173745f331a06436173745f332204436173742a090a02746f18",
    "01a001020a380a01780a06436173745f330a06626961735f32120647656d6d5f341a0647656d6d5f34220447656d6d2a0d0a067472616e73",
    "421801a001020a4d0a0647656d6d5f34120b517569636b47656c755f351a0b517569636b47656c755f352209517569636b47656c752a0f0a",
    "05616c706861150000c03fa001013a0d636f6d2e6d6963726f736f66740a370a0b517569636b47656c755f351201791a0b5472616e73706f",
    "73655f3622095472616e73706f73652a0d0a047065726d40014000a00107120567726170682a4c08030802101042067765696768746a1d0a",
    "086c6f636174696f6e12116d6f64656c2e7361666574656e736f72736a0d0a066f666673657412033236346a0c0a066c656e677468120231",
    "3270012a1a080310014206626961735f324a0c0000803f00000040000040c05a170a017812120a100801120c0a061204726f77730a020802",
    "62170a017912120a100801120c0a0208030a061204726f77734202101442110a0d636f6d2e6d6963726f736f66741001",
  ].join(""),
  "hex",
);

describe("encodeModel", () => {
  test("writes byte for byte what the onnx package writes: inputs, weights in a file, constants, every kind of attribute", () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", ["rows", 2]);
    const weight = g.weight({
      name: "weight",
      dtype: "BF16",
      shape: [3, 2],
      file: "/models/llm/model.safetensors",
      byteOffset: 264,
      byteLength: 12,
    });
    const bias = g.constant("bias", "float32", [3], new Uint8Array(Float32Array.of(1, 2, -3).buffer));
    const wide = gemm(g, x, cast(g, weight, "float32"), bias);
    g.output(transpose(g, quickGelu(g, wide, 1.5), [1, 0]), "y");
    const asked: string[] = [];
    const bytes = encodeModel(g.finish(), (file) => {
      asked.push(file);
      return "model.safetensors";
    });
    expect(Buffer.from(bytes).toString("hex")).toBe(EXPECTED.toString("hex"));
    expect(asked).toEqual(["/models/llm/model.safetensors"]);
  });
});
