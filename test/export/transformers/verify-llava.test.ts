import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../../src/checkpoint/weights.js";
import { writeLlava } from "../../../src/export/transformers/llava-format.js";
import { openLlavaParts, type LlavaParts } from "../../../src/export/transformers/llava-parts.js";
import { verifyLlava } from "../../../src/export/transformers/verify-llava.js";
import { WorkerClient } from "../../../src/runtime/sessions/client.js";
import type { TensorInfo } from "../../../src/tensor/tensor-info.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const cacheFolder = join(root, "cache");
const written = join(root, "written");
const client = new WorkerClient();
afterAll(() => client.terminate());

let parts: LlavaParts;
beforeAll(async () => {
  const [llm, vision] = [join(WORLD, "llama3"), join(WORLD, "vision")];
  const adapter = await loadAdapter(join(WORLD, "adapters", "llama3", "paper-0"));
  parts = await openLlavaParts({ adapter, llm, vision });
  await writeLlava({ adapter, llm, vision, output: written, cacheFolder, toolVersion: "0.0.0-test" });
});

/** What the check of the folder finds, once `spoil` had its way with a copy. */
async function verified(spoil: (folder: string) => Promise<void> | void): Promise<readonly string[]> {
  const folder = join(root, `copy-${Math.random()}`);
  cpSync(written, folder, { recursive: true });
  await spoil(folder);
  const device = { kind: "cpu", index: 0 } as const;
  return verifyLlava(folder, parts, { client, device, dtype: "f32", threads: 1, cacheFolder });
}

/** Changes the sign of one number of a tensor. */
const flip = (name: string, index: number) => async (folder: string) => {
  const { file, byteOffset } = requireTensor(await openCheckpoint(folder), name) as TensorInfo;
  const bytes = readFileSync(file);
  bytes[byteOffset + 2 * index + 1]! ^= 0x80;
  writeFileSync(file, bytes);
};

describe("verifyLlava", () => {
  test("says of a sound folder what it compared", async () => {
    expect(await verified(() => undefined)).toEqual([
      expect.stringMatching(
        /^the projector makes the adapter's vectors of 64 random features; largest difference \d\.\de-\d/,
      ),
      expect.stringMatching(/^\d+ numbers of 94 tensors read back equal to their source bit for bit$/),
    ]);
  });

  test.each([
    ["language_model.model.layers.2.mlp.up_proj.weight", 0, "model.layers.2.mlp.up_proj.weight"],
    ["language_model.model.embed_tokens.weight", 1678 * 96 - 1, "model.embed_tokens.weight"],
    ["vision_tower.vision_model.encoder.layers.1.mlp.fc2.bias", 63, "vision_model.encoder.layers.1.mlp.fc2.bias"],
  ])("finds another number in %s", async (name, index, source) => {
    await expect(verified(flip(name, index))).rejects.toThrow(`"${name}" read back differs from "${source}" of `);
  });

  test("finds a projector that makes other vectors", async () => {
    await expect(verified(flip("multi_modal_projector.linear_2.weight", 7))).rejects.toThrow(
      /the projector as written misses the adapter's vectors by \d\.\de-\d of the largest, 0\.015625 is what rounding to BF16 explains/,
    );
  });

  test("blames an adapter that makes no numbers, not what was written of it", async () => {
    const damaged = join(root, "damaged");
    cpSync(parts.adapter.folder, damaged, { recursive: true });
    const { file, byteOffset } = requireTensor(await openCheckpoint(damaged), "mm_projector.0.bias") as TensorInfo;
    const bytes = readFileSync(file);
    bytes.fill(0xff, byteOffset, byteOffset + 2); // NaN in bfloat16.
    writeFileSync(file, bytes);
    const adapter = await loadAdapter(damaged);
    const request = { adapter, llm: join(WORLD, "llama3"), vision: join(WORLD, "vision"), output: join(root, "none") };
    await expect(writeLlava({ ...request, cacheFolder, toolVersion: "0.0.0-test" })).rejects.toThrow(
      `${file}: the embeddings of an image in f32 are not finite; its weights are damaged; fetch them again`,
    );
  });

  test("finds a tokenizer whose image token is another", async () => {
    const swap = (folder: string): void => {
      const path = join(folder, "tokenizer.json");
      writeFileSync(path, readFileSync(path, "utf8").replace('"<image>"', '"<imago>"'));
    };
    await expect(verified(swap)).rejects.toThrow(/the tokenizer makes ".*" of "<image>", expected token 1678$/);
  });

  test.each([
    ["image_token_index", 5, /its settings read back as \{.*"imageToken":5,.*\}, expected \{.*"imageToken":1678,/],
    ["vision_feature_layer", -1, /its settings read back as \{"selectLayer":-1,/],
    ["vision_feature_select_strategy", "full", /its settings read back as .*"dropped":0/],
    ["text_config", {}, /config\.json/],
    ["vision_config", {}, /vision_tower\.vision_model\..* is \(.*\), config\.json asks for/],
  ])("finds a config.json whose %s is %j", async (key, value, message) => {
    const change = (folder: string): void => {
      const path = join(folder, "config.json");
      const config = JSON.parse(readFileSync(path, "utf8")) as object;
      writeFileSync(path, JSON.stringify({ ...config, [key]: value }));
    };
    await expect(verified(change)).rejects.toThrow(message);
  });

  test("finds an image processor that no longer pads", async () => {
    const change = (folder: string): void => {
      const path = join(folder, "preprocessor_config.json");
      writeFileSync(path, readFileSync(path, "utf8").replace('"do_pad": true', '"do_pad": false'));
    };
    await expect(verified(change)).rejects.toThrow(/its settings read back as .*, expected .*"pad":true/);
  });
});
