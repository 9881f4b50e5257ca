import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { InputError } from "../../../src/errors.js";
import { exportAdapter } from "../../../src/export/export.js";
import { compareOutputs, withModelFile } from "../../../src/export/onnx/check-model.js";
import { WorkerClient } from "../../../src/runtime/sessions/client.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const common = { file: "onnx/m.onnx", sample: "4 vectors", rounding: { difference: 1e-5, otherTokens: 0.25 } };
const floats = (values: readonly number[], shape = [values.length]) => ({ data: Float32Array.from(values), shape });
const rows = (values: readonly number[]) => ({ data: Int32Array.from(values), shape: [values.length / 2, 2] });

describe("compareOutputs", () => {
  test("tells the largest difference, as a share of the largest value", () => {
    const [written, reference] = [{ y: floats([4, 0.00002]) }, { y: floats([4, 0]) }];
    expect(compareOutputs({ ...common, written, reference })).toBe(
      "onnx/m.onnx gives for 4 vectors what the parts give in place; largest difference 5.0e-6 of the largest value",
    );
  });

  const refused: readonly [string, Parameters<typeof compareOutputs>[0]["written"], RegExp][] = [
    ["beyond rounding", { y: floats([4, 0.0002]) }, /"y" differ by 5\.0e-5 of its largest value/],
    ["no number", { y: floats([4, NaN]) }, /"y" differ by Infinity/],
    ["of another shape", { y: floats([4, 0], [1, 2]) }, /"y" differ by Infinity/],
    ["missing", {}, /"y" differ by Infinity/],
  ];
  test.each(refused)("refuses an output that is %s, and says that nothing was written", (_, written, message) => {
    const compare = () => compareOutputs({ ...common, written, reference: { y: floats([4, 0]) } });
    expect(compare).toThrow(message);
    expect(compare).toThrow(/^onnx\/m\.onnx: for 4 vectors .*nothing was written, please report this$/);
  });

  test("blames the parts, not the file, for what is no number in place", () => {
    for (const bad of [NaN, Infinity]) {
      const compare = () =>
        compareOutputs({ ...common, written: { y: floats([4, bad]) }, reference: { y: floats([4, bad]) } });
      expect(compare).toThrow(InputError);
      expect(compare).toThrow(
        'onnx/m.onnx: for 4 vectors the parts in place give "y" that is not finite, so nothing was written; their weights hold NaN or are too large',
      );
    }
  });

  test("leaves vectors out that a tie made other tokens of, as long as they are few, and counts them", () => {
    const reference = { tokens: rows([1, 2, 3, 4, 5, 6, 7, 8]), y: floats([1, 1, 1, 1]) };
    const one = { tokens: rows([1, 2, 3, 9, 5, 6, 7, 8]), y: floats([1, 7, 1, 1]) };
    expect(compareOutputs({ ...common, written: one, reference })).toContain(
      "largest difference 0 of the largest value; 1 of 4 vectors near a tie were taken for other tokens",
    );
    const two = { ...one, tokens: rows([1, 2, 3, 9, 9, 6, 7, 8]) };
    expect(() => compareOutputs({ ...common, written: two, reference })).toThrow(
      "takes 2 of 4 vectors for other tokens than the parts in place",
    );
    const wrong = { ...one, y: floats([1, 7, 1, 2]) };
    expect(() => compareOutputs({ ...common, written: wrong, reference })).toThrow('"y" differ by 1.0e+0');
  });
});

const write = (adapter: string, name: string, options: object = {}) =>
  exportAdapter({
    ...{
      adapter,
      format: "onnx",
      output: join(root, name),
      cacheFolder: join(root, "cache"),
      toolVersion: "0.0.0-test",
    },
    ...options,
  });

test("a byte of the data file that is not what it was is found by running the model", async () => {
  const { output } = await write(join(WORLD, "adapters", "qwen2", "mlp2x_gelu"), "damaged");
  const folder = join(output, "onnx");
  const client = new WorkerClient();
  const feeds = {
    features: floats(
      Array.from({ length: 64 }, (_, i) => Math.cos(i)),
      [1, 64],
    ),
  };
  const run = () => withModelFile(client, { folder, name: "adapter" }, (model) => model(feeds));
  try {
    const reference = await run();
    const data = readFileSync(join(folder, "adapter.onnx_data"));
    data[3] = data[3]! ^ 0x40; // The exponent of the first weight.
    writeFileSync(join(folder, "adapter.onnx_data"), data);
    const written = await run();
    expect(() => compareOutputs({ ...common, written, reference })).toThrow(/"embeddings" differ by/);
  } finally {
    await client.terminate();
  }
});

test("what this machine has no memory to run is written, and said not to be checked", async () => {
  const memory = jest.spyOn(process, "availableMemory").mockReturnValue(1000);
  try {
    const parts = { vision: join(WORLD, "vision"), llm: join(WORLD, "qwen2") };
    const { checks, remarks } = await write(join(WORLD, "adapters", "qwen2", "mlp2x_gelu"), "large", parts);
    expect(checks).toEqual([]);
    expect(remarks.filter((line) => line.startsWith("not checked: "))).toEqual(
      ["vision_encoder", "embed_tokens", "decoder_model_merged"].map((name): unknown =>
        expect.stringMatching(
          new RegExp(
            `^not checked: onnx/${name}\\.onnx: running it: needs about .* export where there is more to have it checked$`,
          ),
        ),
      ),
    );
  } finally {
    memory.mockRestore();
  }
});
