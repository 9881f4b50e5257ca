import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.js";
import type { TensorToWrite } from "../../../src/checkpoint/tensor-to-write.js";
import { writeTorchArchive } from "../../../src/checkpoint/torch/write.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { MODELS, relativeError } from "../../helpers/goldens.js";
import { readLlmExpected } from "../../helpers/llm-goldens.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

/*
 * The ways that Hugging Face folders keep weights. onnxruntime reads them itself, so what the checkpoint reader understands is not
 * enough: it takes neither links that leave a folder nor absolute paths.
 */

const root = temporaryFolder();
const NAME = "qwen2-tied";
const expected = readLlmExpected(NAME);

const { tensors } = await openCheckpoint(join(MODELS, NAME));
const weights: TensorToWrite[] = [];
for (const tensor of tensors.values()) {
  weights.push({ name: tensor.name, dtype: tensor.dtype, shape: tensor.shape, data: await readTensor(tensor) });
}

/** The tiny model's folder without its weights. */
function emptyFolder(name: string): string {
  const folder = join(root, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(MODELS, NAME), folder, { recursive: true });
  rmSync(join(folder, "model.safetensors"));
  return folder;
}

type Write = (path: string, part: readonly TensorToWrite[]) => Promise<unknown>;

/** Two shards and their index. */
async function sharded(name: string, write: Write, stem: string, extension: string): Promise<string> {
  const folder = emptyFolder(name);
  const parts = [weights.filter((_, i) => i % 2 === 0), weights.filter((_, i) => i % 2 === 1)];
  const weightMap: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const file = `${stem}-0000${i + 1}-of-00002.${extension}`;
    await write(join(folder, file), part);
    for (const tensor of part) weightMap[tensor.name] = file;
  }
  const index = { metadata: {}, weight_map: weightMap };
  writeFileSync(join(folder, `${stem}.${extension}.index.json`), JSON.stringify(index));
  return folder;
}

/** As the Hugging Face cache lays it out: a snapshot of links into `blobs/`, which are named by their hash. */
async function linked(): Promise<string> {
  const folder = await sharded("models--org--linked", writeSafetensors, "model", "safetensors");
  const [blobs, snapshot] = [join(folder, "blobs"), join(folder, "snapshots", "0a1b2c")];
  for (const made of [blobs, snapshot]) mkdirSync(made, { recursive: true });
  const files = ["config.json", "model.safetensors.index.json"];
  files.push("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
  for (const [i, file] of files.entries()) {
    const blob = join(blobs, `${i}`.repeat(40));
    renameSync(join(folder, file), blob);
    symlinkSync(relative(snapshot, blob), join(snapshot, file));
  }
  return snapshot;
}

const LAYOUTS: readonly (readonly [string, () => Promise<string>])[] = [
  ["safetensors shards", () => sharded("shards", writeSafetensors, "model", "safetensors")],
  ["PyTorch shards", () => sharded("torch-shards", writeTorchArchive, "pytorch_model", "bin")],
  [
    "one pytorch_model.bin",
    async () => {
      const folder = emptyFolder("torch");
      await writeTorchArchive(join(folder, "pytorch_model.bin"), weights);
      return folder;
    },
  ],
  ["links of the Hugging Face cache", linked],
];

describe.each(LAYOUTS)("weights in %s", (_, make) => {
  test.each(["f32", "q8"] as const)("give the same logits in %s", async (dtype) => {
    await withModel({ llm: await make(), dtype, cacheFolder: join(root, "cache") }, async ({ llm }) => {
      const logits = await llm!.logits({ embeddings: llm!.embed(expected.prompt) });
      const [golden, tolerance] = dtype === "f32" ? [expected.prefill, 1e-4] : [expected.q8, 3e-2];
      expect(relativeError(logits, golden)).toBeLessThan(tolerance);
    });
  });
});
