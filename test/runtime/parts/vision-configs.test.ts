import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { relativeError } from "../../helpers/goldens.js";
import { writeNumberedModel, type NumberedModel } from "../../helpers/numbered-weights.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";
import { openTowerCheckpoint } from "../../../src/model/gguf/open-mmproj.js";
import { buildTowerGraph } from "../../../src/model/vision/tower-graph.js";
import { VisionTower } from "../../../src/runtime/parts/vision-tower.js";
import { withWorker } from "../../../src/runtime/sessions/client.js";
import { openGraph } from "../../../src/runtime/sessions/graph-function.js";

/** A vision tower of a random config and what PyTorch sees by it; test/goldens/make/vision_configs.py made it. */
interface VisionGolden extends NumberedModel {
  readonly config: { readonly hidden_size: number; readonly image_size?: number };
  /** Of a hidden state. */
  readonly vectors: number;
  /** Those of its vectors that are kept. */
  readonly rows: readonly number[];
  /** By the number of the hidden state. */
  readonly states: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const GOLDENS = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "..", "goldens", "vision-configs.json"), "utf8"),
) as readonly VisionGolden[];

const root = temporaryFolder();
const pixelsOf = (side: number): Float32Array =>
  Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(0.37 * i));

describe("vision towers of random configs", () => {
  test.each(GOLDENS.map((golden) => [golden.name, golden] as const))("%s gives PyTorch's states", async (_, golden) => {
    const vision = writeNumberedModel(root, golden);
    const { hidden_size: width } = golden.config;
    for (const [state, expected] of Object.entries(golden.states)) {
      const visionOptions = { selectLayer: Number(state), selectFeature: "cls_patch" } as const;
      await withModel({ vision, visionOptions, cacheFolder: root, threads: 1 }, async ({ vision: tower }) => {
        const { imageSize, patches } = tower!.info;
        const features = await tower!.features(pixelsOf(imageSize));
        expect([patches, features.length]).toEqual([golden.vectors, golden.vectors * width]);
        const kept = golden.rows.flatMap((row) => [...features.subarray(row * width, (row + 1) * width)]);
        expect(relativeError(kept, expected.flat())).toBeLessThan(1e-4);
      });
    }
  });

  test.each(GOLDENS.map((golden) => [golden.name, golden] as const))(
    "%s gives them by products alone too, for devices without convolutions",
    async (_, golden) => {
      const vision = writeNumberedModel(root, golden);
      const [spec, { tensors }] = [await VisionTower.spec(vision), await openTowerCheckpoint(vision)];
      const target = { compute: "float32", convolves: false } as const;
      const { hidden_size: width } = golden.config;
      for (const [state, expected] of Object.entries(golden.states)) {
        const selection = { selectLayer: Number(state), selectFeature: "cls_patch" } as const;
        const graph = buildTowerGraph({ spec, weights: { tensors, path: vision }, target, ...selection });
        expect(graph.nodes.map(({ opType }) => opType)).not.toContain("Conv");
        const features = await withWorker(async (client) => {
          const data = pixelsOf(spec.imageSize);
          const { run } = await openGraph(client, graph, { threads: 1 });
          const outputs = await run({ pixel_values: { data, shape: [1, 3, spec.imageSize, spec.imageSize] } });
          return outputs.features!.data;
        });
        const kept = golden.rows.flatMap((row) => [...features.subarray(row * width, (row + 1) * width)]);
        expect(relativeError(kept, expected.flat())).toBeLessThan(1e-4);
      }
    },
  );

  const ofFamily = (name: string): VisionGolden => GOLDENS.find((golden) => golden.name === name)!;

  test.each([
    ["siglip_vision_model 1", { patch: 16, cls_patch: 16, not_first: 15 }],
    ["clip_vision_model 1", { patch: 16, cls_patch: 17, not_first: 16 }],
  ] as const)("%s: a class token goes by its name, the first vector whatever it is", async (name, counts) => {
    const golden = ofFamily(name);
    const vision = writeNumberedModel(root, golden);
    const { hidden_size: width } = golden.config;
    const last = golden.states["-1"]!.at(-1)!;
    for (const [feature, count] of Object.entries(counts)) {
      const visionOptions = { selectLayer: -1, selectFeature: feature as keyof typeof counts };
      await withModel({ vision, visionOptions, cacheFolder: root, threads: 1 }, async ({ vision: tower }) => {
        const features = await tower!.features(pixelsOf(tower!.info.imageSize));
        expect([tower!.info.patches, features.length]).toEqual([count, count * width]);
        expect(relativeError([...features.subarray(-width)], last)).toBeLessThan(1e-4);
      });
    }
  });

  test("heads of 72 and a width of 4,304 run where the LLM's layers are rounded to blocks", async () => {
    for (const name of ["siglip_vision_model 3", "siglip_vision_model 4"]) {
      const golden = ofFamily(name);
      const options = { vision: writeNumberedModel(root, golden), visionOptions: { selectLayer: -1 }, dtype: "q8" };
      await withModel({ ...options, cacheFolder: root, threads: 1 }, async ({ vision: tower }) => {
        const features = await tower!.features(pixelsOf(tower!.info.imageSize));
        const first = [...features.subarray(0, golden.config.hidden_size)];
        expect(relativeError(first, golden.states["-1"]![0]!)).toBeLessThan(2e-2);
      });
    }
  });

  test("NaFlex is refused by its name", async () => {
    const golden = ofFamily("siglip_vision_model 1");
    const config = { ...golden.config, model_type: "siglip2_vision_model" };
    const vision = writeNumberedModel(root, { ...golden, name: "naflex", config });
    await expect(withModel({ vision, cacheFolder: root }, () => Promise.resolve())).rejects.toThrow(
      'model_type is "siglip2_vision_model"; this vision tower cannot be run here, supported: clip, siglip',
    );
  });
});
