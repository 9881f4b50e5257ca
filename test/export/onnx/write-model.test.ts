import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { storedAs, type StoredDtype } from "../../../src/export/onnx/stored-weights.js";
import { dataByteLength, writeModel } from "../../../src/export/onnx/write-model.js";
import { GraphBuilder } from "../../../src/onnx/graph-builder.js";
import type { Graph } from "../../../src/onnx/graph.js";
import { cast, gemm } from "../../../src/onnx/operators.js";
import { decodeFloats, encodeFloats } from "../../../src/tensor/half.js";
import type { CheckpointTensor } from "../../../src/tensor/tensor-info.js";
import { readOnnxFacts, runOnnxFile } from "../../helpers/onnx-file.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const origin = { producerVersion: "0.0.0-test", metadata: { why: "a test" } };

/** A weight (3, 2) as a strided view of a torch archive comes: in memory, in bfloat16. */
const values = Float32Array.of(1, -2, 0.5, 4, 0.25, 8);
const view: CheckpointTensor = {
  ...{ name: "w", dtype: "BF16", shape: [3, 2], file: "view.bin", byteLength: 12 },
  bytes: encodeFloats(values, "BF16"),
};

/** x (rows, 2) times two weights of one name, which come from two files. */
function twoWeights(dtype: StoredDtype): Graph {
  const g = new GraphBuilder({ onlyStandard: true });
  const x = g.input("x", "float32", ["rows", 2]);
  const other = {
    ...view,
    bytes: encodeFloats(
      values.map((value) => 2 * value),
      "BF16",
    ),
  };
  const product = (tensor: CheckpointTensor) => gemm(g, x, cast(g, g.weight(storedAs(tensor, dtype)), "float32"));
  const padding = g.constant("large", "float32", [512], new Uint8Array(2048));
  g.output(product(view), "once");
  g.output(product(other), "twice");
  g.output(g.node("Neg", [padding], [padding])[0]!, "constant");
  return g.finish();
}

describe.each(["F32", "F16"] as const)("writeModel in %s", (dtype) => {
  test("puts every weight at a page of one file, also those that lie in memory or share a name", async () => {
    const graph = twoWeights(dtype);
    await writeModel(root, dtype, graph, { origin });
    const { places, metadata, producer } = readOnnxFacts(join(root, `${dtype}.onnx`));
    const bytes = dtype === "F32" ? 24 : 12;
    expect(places.map(({ location, offset, length }) => [location, offset, length])).toEqual([
      [`${dtype}.onnx_data`, 0, 2048],
      [`${dtype}.onnx_data`, 4096, bytes],
      [`${dtype}.onnx_data`, 8192, bytes],
    ]);
    const data = readFileSync(join(root, `${dtype}.onnx_data`));
    expect(data.byteLength).toBe(8192 + bytes);
    expect(dataByteLength(graph)).toBe(data.byteLength);
    expect(decodeFloats(data.subarray(4096, 4096 + bytes), dtype)).toEqual(values);
    expect([metadata["why"], producer]).toEqual(["a test", "langbridge 0.0.0-test"]);
  });

  test("the model multiplies by both", async () => {
    const { once, twice } = await runOnnxFile(join(root, `${dtype}.onnx`), {
      x: { data: Float32Array.of(1, 10), dims: [1, 2] },
    });
    expect([...(once!.data as Float32Array)]).toEqual([-19, 40.5, 80.25]);
    expect([...(twice!.data as Float32Array)]).toEqual([-38, 81, 160.5]);
  });
});

test("float16 refuses a weight that it cannot hold, and leaves no file", async () => {
  const g = new GraphBuilder();
  const large: CheckpointTensor = {
    ...view,
    bytes: encodeFloats(
      values.map((value) => 1e5 * value),
      "BF16",
    ),
  };
  g.output(gemm(g, g.input("x", "float32", ["rows", 2]), cast(g, g.weight(storedAs(large, "F16")), "float32")), "y");
  await expect(writeModel(root, "narrow", g.finish(), { origin })).rejects.toThrow(
    /view\.bin: "w" holds a value beyond the range of float16; choose another --dtype/,
  );
  expect(() => readFileSync(join(root, "narrow.onnx_data"))).toThrow("ENOENT");
});

test("a tensor that is not of floats is named", () => {
  expect(() => storedAs({ ...view, dtype: "F8_E4M3" }, "F32")).toThrow(
    'view.bin: "w" is F8_E4M3, expected F32, F16 or BF16; use the folder that is not quantised',
  );
});
