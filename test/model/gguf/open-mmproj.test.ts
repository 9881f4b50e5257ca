import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { inspectFolder } from "../../../src/inspect/inspect.js";
import { openMmproj, openTowerFiles } from "../../../src/model/gguf/open-mmproj.js";
import { loadImageProcessor } from "../../../src/model/vision/image-processors.js";
import { projectorWeights } from "../../../src/runtime/parts/projector-weights.js";
import { visionSettings } from "../../../src/runtime/parts/vision-settings.js";
import {
  ggufBytes,
  numberValue,
  text,
  textValue,
  u32,
  u64,
  type RawTensor,
  type RawValue,
} from "../../helpers/gguf-bytes.js";
import { GGUF } from "../../helpers/gguf-goldens.js";
import { relativeError } from "../../helpers/goldens.js";
import { readJson } from "../../helpers/read-json.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

const root = temporaryFolder();
const pixels = Float32Array.from({ length: 3 * 42 * 42 }, (_, i) => Math.sin(0.37 * i));

describe.each(["mmproj", "mmproj-old"])("%s.gguf", (name) => {
  const path = join(GGUF, `${name}.gguf`);

  test("is a tower and a projector, and gives PyTorch's embeddings", async () => {
    const { embeddings } = readJson(join(GGUF, `${name}.expected.json`)) as { readonly embeddings: readonly number[] };
    const adapter = await loadAdapter(path);
    const { visionOptions, imageScheme } = visionSettings(adapter);
    expect([adapter.name, adapter.projector.kind, imageScheme.name]).toEqual([name, "mlp2x_gelu", "pad"]);
    const options = { vision: path, visionOptions, adapter: projectorWeights(adapter), cacheFolder: root, threads: 1 };
    await withModel({ ...options, dtype: "f32" }, async (model) => {
      expect(model.vision!.info).toMatchObject({ patches: 36, hiddenSize: 32, imageSize: 42 });
      const features = await model.vision!.features(pixels);
      expect(relativeError((await model.adapter!.project(features)).embeddings, embeddings)).toBeLessThan(1e-4);
    });
  });

  test("says how pictures are made ready", async () => {
    expect(await loadImageProcessor(await openTowerFiles(path))).toMatchObject({
      ...{ filter: "bicubic", crop: { height: 42, width: 42 }, mean: [0.5, 0.25, 0.125], std: [0.5, 0.25, 0.75] },
    });
  });

  test("is described as the adapter that it holds", async () => {
    expect((await inspectFolder(path)).adapter).toMatchObject({ kind: "mlp2x_gelu" });
  });
});

const flag = (value: boolean): RawValue => ({ type: 7, bytes: Buffer.from([value ? 1 : 0]) });
const numbers = (...values: number[]): RawValue => {
  const floats = Buffer.from(Float32Array.from(values).buffer);
  return { type: 9, bytes: Buffer.concat([u32(6), u64(values.length), floats]) };
};
const counts = (...values: number[]): RawValue => ({
  type: 9,
  bytes: Buffer.concat([u32(5), u64(values.length), ...values.map(u32)]),
});
const KEYS: Readonly<Record<string, RawValue>> = {
  "general.architecture": textValue("clip"),
  "clip.has_vision_encoder": flag(true),
  "clip.projector_type": textValue("mlp"),
  ...Object.fromEntries(
    Object.entries({
      ...{ image_size: 42, patch_size: 7, embedding_length: 32, feed_forward_length: 48 },
      ...{ block_count: 1, "attention.head_count": 2 },
    }).map(([name, value]) => [`clip.vision.${name}`, numberValue(value)]),
  ),
  "clip.vision.attention.layer_norm_epsilon": { type: 6, bytes: Buffer.from(Float32Array.of(1e-5).buffer) },
  "clip.vision.image_mean": numbers(0, 0, 0),
  "clip.vision.image_std": numbers(1, 1, 1),
};

let files = 0;
function write(changes: Readonly<Record<string, RawValue | undefined>>, names: readonly string[]): string {
  const path = join(root, `${files++}.gguf`);
  const keys = Object.entries({ ...KEYS, ...changes }).flatMap(([key, value]) =>
    value ? [[key, value] as const] : [],
  );
  const tensors = names.map((name, index): RawTensor => ({ name, sizes: [8], type: 0, offset: 32 * index }));
  writeFileSync(path, ggufBytes({ keys, tensors, data: Buffer.alloc(32 * names.length) }));
  return path;
}

const WHOLE = ["v.class_embd", "v.blk.0.ln1.weight"];

test("a folder is no GGUF file, whatever its name", async () => {
  const path = join(root, "adapter.gguf");
  cpSync(join(WORLD, "adapters", "llama2", "mlp2x_gelu"), path, { recursive: true });
  const { name, projector } = await loadAdapter(path);
  expect([name, projector.kind]).toEqual(["adapter", "mlp2x_gelu"]);
});

describe("an mmproj file is refused", () => {
  test.each([
    [
      "of an LLM",
      { "general.architecture": textValue("llama") },
      WHOLE,
      /general\.architecture is "llama"; expected an mmproj/,
    ],
    ["without a tower", { "clip.has_vision_encoder": flag(false) }, WHOLE, /holds no vision tower; expected/],
    ["of another projector", { "clip.projector_type": textValue("ldp") }, WHOLE, /its projector is "ldp"/],
    ["without a projector's type", { "clip.projector_type": undefined }, WHOLE, /its projector is null/],
    ["of SigLIP", {}, ["v.blk.0.ln1.weight"], /its tower has no class token, as SigLIP's have none/],
    ["with SiLU", { "clip.use_silu": flag(true) }, WHOLE, /its tower computes SiLU/],
    ["of Yi-VL", {}, [...WHOLE, "mm.3.weight"], /its projector has norms/],
    ["with a tensor of no tower", {}, [...WHOLE, "v.what"], /has a tensor "v\.what", which no CLIP tower/],
    [
      "that takes several states",
      { "clip.vision.feature_layer": counts(1, 0) },
      WHOLE,
      /feature_layer is \[1, 0\], expected one/,
    ],
    [
      "that takes a state beyond its layers",
      { "clip.vision.feature_layer": counts(2) },
      WHOLE,
      /is \[2\], .* from 0 to 1/,
    ],
    [
      "with two colours",
      { "clip.vision.image_mean": numbers(1, 1) },
      WHOLE,
      /image_mean holds 2 numbers, expected one for each/,
    ],
    ["without a size", { "clip.vision.image_size": undefined }, WHOLE, /has no key "clip\.vision\.image_size"/],
    [
      "with a text for a size",
      { "clip.vision.patch_size": { type: 8, bytes: text("7") } },
      WHOLE,
      /"clip\.vision\.patch_size" is not a number/,
    ],
  ] as const)("%s", async (_, changes, names, message) => {
    const open = async () => (await openMmproj(write(changes, names))).files.readJson("preprocessor_config.json");
    await expect(open()).rejects.toThrow(message);
  });

  test("where its pictures are cut into tiles", async () => {
    const path = write({ "clip.vision.image_grid_pinpoints": counts(84, 42) }, WHOLE);
    const { adapterConfig } = await openMmproj(path);
    expect(() => visionSettings({ path, config: adapterConfig })).toThrow(/anyres/);
  });

  test("where an LLM is expected", async () => {
    const { openLlm } = await import("../../../src/model/llm/llm-folder.js");
    await expect(openLlm(join(GGUF, "mmproj.gguf"))).rejects.toThrow(
      /is a vision tower with its projector \(mmproj\), expected an LLM; it goes into --vision and --adapter/,
    );
  });
});
