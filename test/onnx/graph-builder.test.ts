import { describe, expect, test } from "@jest/globals";
import { GraphBuilder } from "../../src/onnx/graph-builder.js";
import { add } from "../../src/onnx/operators.js";
import type { CheckpointTensor } from "../../src/tensor/tensor-info.js";

const place = (name: string, dtype: CheckpointTensor["dtype"] = "F16"): CheckpointTensor => ({
  name,
  dtype,
  shape: [2, 3],
  file: "model.safetensors",
  byteOffset: 8,
  byteLength: 12,
});

describe("GraphBuilder", () => {
  test("keeps a weight where it lies, and one initializer for a tensor that is asked for twice", () => {
    const g = new GraphBuilder();
    const tensor = place("w");
    expect(g.weight(tensor)).toEqual({ name: "w", type: "float16", shape: [2, 3] });
    g.weight(tensor);
    expect(g.finish().initializers).toEqual([
      { value: { name: "w", type: "float16", shape: [2, 3] }, data: { tensor: place("w") } },
    ]);
  });

  test("keeps two weights of one name apart: they are of two checkpoints", () => {
    const g = new GraphBuilder();
    const [first, second] = [place("w"), { ...place("w"), file: "other.safetensors" }];
    const names = [g.weight(first), g.weight(second), g.weight(first)].map(({ name }) => name);
    expect([names[1] === names[0], names[2] === names[0]]).toEqual([false, true]);
    expect(g.finish().initializers.map(({ data }) => data)).toEqual([{ tensor: first }, { tensor: second }]);
  });

  test("writes a tensor that exists in memory only into the model", () => {
    const g = new GraphBuilder();
    const bytes = new Uint8Array(12);
    const { name, dtype, shape, file } = place("view");
    g.weight({ name, dtype, shape, file, byteLength: 12, bytes });
    expect(g.finish().initializers[0]!.data).toEqual({ bytes });
  });

  test("refuses a quantised tensor, naming file, tensor and dtype", () => {
    expect(() => new GraphBuilder().weight(place("w", "F8_E4M3"))).toThrow(
      'model.safetensors: "w" is F8_E4M3, expected F32, F16 or BF16; use the folder that is not quantised',
    );
  });

  test("gives every constant a name of its own and refuses one of the wrong length", () => {
    const g = new GraphBuilder();
    const [one, two] = [g.int64([1, 2]), g.int64([3])];
    expect(one.name).not.toBe(two.name);
    expect([one.shape, two.shape, g.int64([7], []).shape]).toEqual([[2], [1], []]);
    expect(() => g.constant("c", "float32", [2, 2], new Uint8Array(12))).toThrow(
      'constant "c" has 12 bytes, (2, 2) takes 16',
    );
  });

  test("writes int64 constants as little-endian numbers of eight bytes", () => {
    const g = new GraphBuilder();
    g.int64([-1, 258]);
    const [{ data }] = g.finish().initializers as unknown as [{ data: { bytes: Uint8Array } }];
    expect(Buffer.from(data.bytes).toString("hex")).toBe("ffffffffffffffff" + "0201000000000000");
  });

  test("an output takes its new name everywhere, and two values never share one", () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [2]);
    const sum = add(g, x, x);
    g.output(sum, "y");
    add(g, sum, x);
    const { nodes, outputs } = g.finish();
    expect(nodes.map(({ inputs, outputs: made }) => [inputs, made[0] === "y"])).toEqual([
      [["x", "x"], true],
      [["y", "x"], false],
    ]);
    expect(outputs).toEqual([{ name: "y", type: "float32", shape: [2] }]);
    expect(() => g.input("x", "float32", [1])).toThrow('the graph has two values named "x"');
  });

  test("leaves out the name of an absent input at the end, and keeps an empty one in the middle", () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [2]);
    g.node("Clip", [x, undefined, x], [x]);
    g.node("Clip", [x, x, undefined], [x]);
    expect(g.finish().nodes.map(({ inputs }) => inputs)).toEqual([
      ["x", "", "x"],
      ["x", "x"],
    ]);
  });
});
