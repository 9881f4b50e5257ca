import { describe, expect, test } from "@jest/globals";
import type { ElementType } from "../../src/onnx/element-type.js";
import type { Dimension, Value } from "../../src/onnx/graph.js";
import { GraphBuilder } from "../../src/onnx/graph-builder.js";
import * as operators from "../../src/onnx/operators.js";

/** A graph with inputs `a`, `b`, ... of these shapes. */
function inputs(...shapes: (readonly Dimension[])[]): [GraphBuilder, ...Value[]] {
  const g = new GraphBuilder();
  return [g, ...shapes.map((shape, i) => g.input(String.fromCharCode(97 + i), "float32", shape))];
}

describe("shapes of results", () => {
  test("elementwise operators broadcast as NumPy does, names of sizes included", () => {
    const [g, a, b] = inputs(["tokens", 1, 4], [3, 4]);
    expect(operators.add(g, a!, b!).shape).toEqual(["tokens", 3, 4]);
    expect(operators.mul(g, b!, a!).shape).toEqual(["tokens", 3, 4]);
  });

  test("products give the outer sizes", () => {
    const [g, x, weight, bias] = inputs(["rows", 8], [5, 8], [5]);
    expect(operators.gemm(g, x!, weight!, bias).shape).toEqual(["rows", 5]);
    expect(operators.transposedMatMul(g, x!, x!).shape).toEqual([8, 8]);
    const [h, stack, other] = inputs([6, "rows", 8], [6, 8, 2]);
    expect(operators.matMul(h, stack!, other!).shape).toEqual([6, "rows", 2]);
  });

  test("block-quantised products read their sizes from the blocks", () => {
    const [g, x] = inputs(["rows", 64]);
    const blocks = g.constant("blocks", "uint8", [10, 2, 16], new Uint8Array(320));
    const scales = g.constant("scales", "float32", [20], new Uint8Array(80));
    expect(operators.matMulNBits(g, x!, blocks, scales, { bits: 4, blockSize: 32 }).shape).toEqual(["rows", 10]);
    expect(g.finish().nodes[0]!.attributes).toMatchObject({
      K: { int: 64 },
      N: { int: 10 },
      accuracy_level: { int: 4 },
    });
  });

  test("views move sizes about", () => {
    const [g, x, y] = inputs([2, 3, 4], [2, 5, 4]);
    expect(operators.transpose(g, x!, [2, 0, 1]).shape).toEqual([4, 2, 3]);
    expect(operators.takeOne(g, x!, 1, -1).shape).toEqual([2, 4]);
    expect(operators.dropFirst(g, x!, 1, 1).shape).toEqual([2, 2, 4]);
    expect(operators.concat(g, [x!, y!], 1).shape).toEqual([2, 8, 4]);
  });

  test("padding and sizes known at run time", () => {
    const [g, x] = inputs(["batch", 3, 4]);
    expect(operators.pad(g, x!, { axis: 1, before: 1 }).shape).toEqual(["batch", 4, 4]);
    expect(operators.pad(g, x!, { axis: 2, behind: 2 }).shape).toEqual(["batch", 3, 6]);
    const sizes = g.int64([2, 12]);
    expect(operators.reshapeTo(g, x!, sizes, ["batch", 12]).shape).toEqual(["batch", 12]);
    expect(operators.expand(g, x!, sizes, ["batch", "more"]).shape).toEqual(["batch", "more"]);
  });

  test("patches of an image that they do not fill leave the rest out", () => {
    const [g, image, weight] = inputs([1, 3, 45, 42], [8, 3, 14, 14]);
    expect(operators.patchConv(g, image!, weight!).shape).toEqual([1, 8, 3, 3]);
  });

  test("a cast to the type that is there is no node", () => {
    const [g, x] = inputs([2]);
    expect(operators.cast(g, x!, "float32")).toBe(x);
    expect(operators.cast(g, x!, "float16").type).toBe("float16");
    expect(g.finish().nodes).toHaveLength(1);
  });
});

describe("only standard operators", () => {
  /** The domains of the operators that `build` adds. */
  const operatorsOf = (onlyStandard: boolean, build: (g: GraphBuilder, x: Value) => Value): string[] => {
    const g = new GraphBuilder({ onlyStandard });
    build(g, g.input("x", "float32", ["rows", 4]));
    return g.finish().nodes.map(({ domain, opType }) => (domain === "" ? opType : `${domain}.${opType}`));
  };
  const scale = (g: GraphBuilder): Value => g.constant("scale", "float32", [4], new Uint8Array(16));

  test("activations and norms are spelled out, in the order that onnxruntime fuses again", () => {
    const [silu, clip] = [1, 1.702].map((alpha) => (g: GraphBuilder, x: Value) => operators.quickGelu(g, x, alpha));
    const norm = (g: GraphBuilder, x: Value): Value => operators.rmsNorm(g, x, scale(g), 1e-6);
    expect(operatorsOf(true, silu!)).toEqual(["Sigmoid", "Mul"]);
    expect(operatorsOf(true, clip!)).toEqual(["Mul", "Sigmoid", "Mul"]);
    expect(operatorsOf(true, norm)).toEqual(["Pow", "ReduceMean", "Add", "Sqrt", "Div", "Mul"]);
    expect(operatorsOf(false, clip!)).toEqual(["com.microsoft.QuickGelu"]);
    expect(operatorsOf(false, norm)).toEqual(["SimplifiedLayerNormalization"]);
  });
});

describe("operands that do not go together are refused while building, both named", () => {
  const bad: readonly [string, (g: GraphBuilder, a: Value, b: Value) => unknown, Dimension[], Dimension[]][] = [
    ["Add", operators.add, [2, 3], [2, 4]],
    ["Add", operators.add, ["tokens", 3], ["past", 3]],
    ["Mul", operators.mul, [2], [3]],
    ["Gemm", operators.gemm, [2, 3], [5, 4]],
    ["Gemm", operators.gemm, [1, 2, 3], [5, 3]],
    ["Gemm", operators.transposedMatMul, [2, 3], [3, 2]],
    ["MatMul", operators.matMul, [2, 3], [2, 3]],
    ["SimplifiedLayerNormalization", (g, x, scale) => operators.rmsNorm(g, x, scale, 1e-6), [2, 3], [2]],
    ["Conv", operators.patchConv, [1, 3, 28, 28], [8, 1, 14, 14]],
  ];
  test.each(bad)("%s (case %#)", (operation, build, left, right) => {
    const [g, a, b] = inputs(left, right);
    const line = `${operation} cannot take "a" float32 (${left.join(", ")}) and "b" float32 (${right.join(", ")})`;
    expect(() => build(g, a!, b!)).toThrow(line);
  });

  test("other element types are refused too", () => {
    const g = new GraphBuilder();
    const value = (name: string, type: ElementType): Value => g.input(name, type, [2, 2]);
    const [whole, half] = [value("whole", "float32"), value("half", "float16")];
    for (const build of [operators.add, operators.gemm, operators.matMul]) {
      expect(() => build(g, whole, half)).toThrow(/"whole" float32 \(2, 2\) and "half" float16 \(2, 2\)$/);
    }
  });

  test("a bias of another length, and blocks of another width", () => {
    const [g, x, weight, bias] = inputs(["rows", 8], [5, 8], [6]);
    expect(() => operators.gemm(g, x!, weight!, bias)).toThrow(/Gemm cannot take "b" .* and "c" float32 \(6\)$/);
    const blocks = g.constant("blocks", "uint8", [10, 2, 32], new Uint8Array(640));
    const scales = g.constant("scales", "float32", [20], new Uint8Array(80));
    expect(() => operators.matMulNBits(g, x!, blocks, scales, { bits: 8, blockSize: 32 })).toThrow(
      /^MatMulNBits cannot/,
    );
  });
});
