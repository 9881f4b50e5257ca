import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { exportAdapter, type ExportOptions } from "../../../src/export/export.js";
import { loadAdapter } from "../../../src/adapter/load.js";
import { projectorWeights } from "../../../src/runtime/parts/projector-weights.js";
import { planTransfer } from "../../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../../src/transfer/transfer.js";
import { outputNames } from "../../helpers/output-names.js";
import { MODELS, relativeError } from "../../helpers/goldens.js";
import { openOnnxFile, readOnnxFacts, runOnnxFile } from "../../helpers/onnx-file.js";
import { FAMILIES, readGolden, WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

const root = temporaryFolder();
const cacheFolder = join(root, "cache");
const vision = join(WORLD, "vision");
const adapterOf = (family: string, kind: string): string => join(WORLD, "adapters", family, kind);
const model = (folder: string): string => join(folder, "onnx", "vision_encoder.onnx");
const write = (adapter: string, name: string, options: Partial<ExportOptions> = {}) => {
  const output = join(root, name);
  return exportAdapter({ adapter, vision, format: "onnx", output, cacheFolder, toolVersion: "0.0.0-test", ...options });
};

/** (6, 3, 32, 32), and what PyTorch's tower and adapters make of them. */
const pixels = (await readGolden("pixels")).tensors.get("scenes")!;
const { tensors: expected, tolerance } = await readGolden("adapters");
const floats = (tensor: { data: unknown } | undefined): Float32Array => tensor!.data as Float32Array;

describe.each(FAMILIES)("tower and adapter of %s as one model", (family) => {
  test("give PyTorch's vectors for six pictures at once, and the same one by one", async () => {
    const { output, checks } = await write(adapterOf(family, "paper-0"), family);
    const { run, session } = await openOnnxFile(model(output));
    const { image_features: all } = await run({ pixel_values: { data: pixels, dims: [6, 3, 32, 32] } });
    expect(all!.dims.slice(0, 2)).toEqual([6, 4]);
    expect(relativeError(floats(all), [...expected.get(`${family}.paper.vectors`)!])).toBeLessThan(tolerance);
    const size = pixels.length / 6;
    for (let image = 0; image < 6; image++) {
      const one = pixels.slice(image * size, (image + 1) * size);
      const { image_features: alone } = await run({ pixel_values: { data: one, dims: [1, 3, 32, 32] } });
      const width = floats(all).length / 6;
      expect(relativeError(floats(alone), [...floats(all).slice(image * width, (image + 1) * width)])).toBeLessThan(
        1e-5,
      );
    }
    await session.release();
    expect(checks).toEqual([expect.stringMatching(/^onnx\/vision_encoder\.onnx gives for 2 images of noise at once/)]);
  });
});

test("the model is of standard operators alone, and says which features the adapter wants", async () => {
  const { output, remarks } = await write(adapterOf("qwen2", "mlp2x_gelu"), "standard");
  const { operatorSets, metadata } = readOnnxFacts(model(output));
  expect(operatorSets).toEqual({ "": 20 });
  expect(metadata).toMatchObject({ vision_tower: "vision", vision_select_layer: "-2", vision_select_feature: "patch" });
  expect(outputNames(output)).toEqual(["README.md", "onnx", "preprocessor_config.json"]);
  expect(remarks).toEqual([expect.stringContaining("image_aspect_ratio pad")]);
});

test("an adapter that decodes names the tokens of every patch of every picture", async () => {
  const moved = join(root, "moved");
  const [source, target] = [join(WORLD, "llama2"), join(WORLD, "qwen2")];
  const plan = await planTransfer({ adapter: adapterOf("llama2", "paper-0"), source, target, align: "sparse" });
  await executeTransfer(plan, { output: moved, toolVersion: "0.0.0-test" });
  const { output } = await write(moved, "decoded");
  const { image_features, tokens, weights } = await runOnnxFile(model(output), {
    pixel_values: { data: pixels, dims: [6, 3, 32, 32] },
  });
  expect([image_features!.dims, tokens!.dims, weights!.dims]).toEqual([
    [6, 4, 64],
    [6, 4, 4],
    [6, 4, 4],
  ]);
  const adapter = projectorWeights(await loadAdapter(moved));
  const inPlace = await withModel({ adapter, vision, cacheFolder, adapterOptions: { tokens: true } }, async (parts) => {
    const features = await parts.vision!.features(pixels.slice(0, pixels.length / 6));
    return parts.adapter!.project(features);
  });
  expect([...(tokens!.data as Int32Array).slice(0, 16)]).toEqual([...inPlace.tokens!.rows]);
  expect(relativeError(floats(image_features).slice(0, 4 * 64), [...inPlace.embeddings])).toBeLessThan(1e-5);
});

describe("towers that do not go with it", () => {
  test("one of another width is named with both widths", async () => {
    await expect(write(adapterOf("qwen2", "paper-0"), "none", { vision: join(MODELS, "clip") })).rejects.toThrow(
      "the adapter takes vectors of 64 numbers, the vision tower has 32",
    );
  });

  test("an LLM is no tower", async () => {
    await expect(write(adapterOf("qwen2", "paper-0"), "none", { vision: join(WORLD, "qwen2") })).rejects.toThrow(
      "this vision tower cannot be run here, supported: clip",
    );
  });

  test("an image processor of another size is refused by every format that takes a tower", async () => {
    const large = join(root, "large-tower");
    cpSync(vision, large, { recursive: true });
    const file = join(large, "preprocessor_config.json");
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/: 32\b/g, ": 48"));
    const message = `${large}: preprocessor_config.json makes images of 48 x 48, the tower of config.json takes 32 x 32`;
    const adapter = adapterOf("qwen2", "mlp2x_gelu");
    await expect(write(adapter, "none", { vision: large })).rejects.toThrow(message);
    const whole = { format: "hf", llm: join(WORLD, "qwen2"), vision: large } as const;
    await expect(write(adapter, "none", whole)).rejects.toThrow(message);
  });

  test("a folder without its image processor is refused, and nothing is written", async () => {
    const bare = join(root, "bare-tower");
    cpSync(vision, bare, { recursive: true });
    rmSync(join(bare, "preprocessor_config.json"));
    await expect(write(adapterOf("qwen2", "paper-0"), "none", { vision: bare })).rejects.toThrow(
      `${bare}: holds no preprocessor_config.json, which says how images are resized`,
    );
    expect(readdirSync(root)).not.toContain("none");
  });
});
