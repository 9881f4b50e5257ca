import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { explainImages } from "../../src/explain/explain.js";
import { planExplanation } from "../../src/explain/plan-explanation.js";
import { makeAdapter, randomTensor } from "../helpers/make-folders.js";
import { writeNumberedModel, type NumberedModel } from "../helpers/numbered-weights.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const images = [join(WORLD, "images", "scene_0000.png")];

test("an adapter that sees tiles is refused by its scheme", async () => {
  const adapter = join(root, "tiles");
  cpSync(join(WORLD, "adapters", "qwen2", "paper-0"), adapter, { recursive: true });
  const config = JSON.parse(readFileSync(join(adapter, "config.json"), "utf8")) as object;
  const tiles = { image_aspect_ratio: "anyres", image_grid_pinpoints: [[84, 42]] };
  writeFileSync(join(adapter, "config.json"), JSON.stringify({ ...config, ...tiles }));
  await expect(planExplanation({ images, vision: join(WORLD, "vision"), adapter })).rejects.toThrow(
    `${adapter}: sees pictures in tiles (image_aspect_ratio "anyres"), which explain does not; eval, ask and serve do`,
  );
});

/** A SigLIP tower of 4 x 4 patches with its image processor. */
function siglip(): string {
  const goldens = JSON.parse(
    readFileSync(join(import.meta.dirname, "..", "goldens", "vision-configs.json"), "utf8"),
  ) as readonly NumberedModel[];
  const folder = writeNumberedModel(
    root,
    goldens.find(({ name }) => name === "siglip_vision_model 1")!,
  );
  const processor = { image_processor_type: "SiglipImageProcessor", size: { height: 28, width: 28 } };
  writeFileSync(join(folder, "preprocessor_config.json"), JSON.stringify(processor));
  return folder;
}

test("all patches of a SigLIP tower are shown, and an adapter that leaves the first out is refused", async () => {
  const vision = siglip();
  const made = (name: string, config: object): string => {
    const adapter = join(root, name);
    const tokens = { a: 1, b: 2, c: 3 };
    makeAdapter(adapter, { tokens, matrix: randomTensor([3, 16], 5), visionHiddenSize: 32, config });
    return adapter;
  };
  const plan = await planExplanation({ images, vision, adapter: made("whole", {}), by: "weights", top: 2 });
  for await (const { views } of explainImages(plan, { cacheFolder: root, threads: 1 })) {
    expect(views[0]!.patches).toHaveLength(16);
    expect(views[0]!.classToken).toBeUndefined();
  }
  const adapter = made("part", { mm_vision_select_feature: "not_first" });
  await expect(planExplanation({ images, vision, adapter, by: "weights" })).rejects.toThrow(
    `${adapter}: leaves the first patch of a siglip tower out (mm_vision_select_feature "not_first"), which explain does not draw`,
  );
});
