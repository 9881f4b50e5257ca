import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
import { writeTorchArchive } from "../../src/checkpoint/torch/write.js";
import { makeAdapter, projectorTensors, safetensorsBytes } from "../helpers/make-folders.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const ROWS = 3;
const TOKENS = { Ġthe: 256, Ġcat: 259, Ġred: 262 };
let folders = 0;

const float32 = (name: string, ...shape: number[]) => {
  const length = shape.reduce((product, size) => product * size, 4);
  return { name, dtype: "F32", shape, data: new Uint8Array(length) } as const;
};

/** An adapter without a matrix of its own beside the given .pt files. */
async function adapterBeside(files: Readonly<Record<string, Parameters<typeof writeTorchArchive>[1]>>, config = {}) {
  const folder = join(root, String(folders++));
  makeAdapter(folder, { tokens: TOKENS, config });
  for (const [name, tensors] of Object.entries(files)) await writeTorchArchive(join(folder, name), tensors, {});
  return folder;
}

describe("the vocabulary matrix beside an adapter", () => {
  const M = float32("tensor", ROWS, 4);

  test("is the one .pt file with as many rows, whatever trainers leave there", async () => {
    const folder = await adapterBeside({
      "M.pt": M,
      "optimizer.pt": [float32("a", 8), float32("b", 8)],
      "ema.pt": [float32("model.mm_projector.0.weight", 4, 4), float32("model.mm_projector.0.bias", 4)],
      "statistics.pt": float32("tensor", 17),
      "old.pt": float32("tensor", ROWS + 1, 4),
    });
    writeFileSync(join(folder, "rng_state.pt"), "no archive");
    expect((await loadAdapter(folder)).matrix).toMatchObject({ rows: ROWS, hiddenSize: 4 });
  });

  test("is found by its name within what a trainer put around it", async () => {
    const folder = await adapterBeside({
      "state.pt": [float32("module.mm_vocab_matrix", ROWS, 5), float32("module.other", ROWS, 4)],
    });
    expect((await loadAdapter(folder)).matrix).toMatchObject({ rows: ROWS, hiddenSize: 5 });
  });

  test("is absent where no file holds one", async () => {
    const folder = await adapterBeside({ "ema.pt": [float32("a", 4, 4), float32("b", 4, 4)] });
    expect((await loadAdapter(folder)).matrix).toBeUndefined();
  });

  test("is asked for where several would do, and taken by the name that config.json has", async () => {
    const files = { "a.pt": M, "b.pt": float32("tensor", ROWS, 8) };
    await expect(loadAdapter(await adapterBeside(files))).rejects.toThrow(
      "holds several .pt files with a matrix of 3 rows (a.pt, b.pt); name the vocabulary matrix with --vocab-matrix",
    );
    const named = await adapterBeside(files, { mm_vocab_matrix: "/home/user/b.pt" });
    expect((await loadAdapter(named)).matrix?.hiddenSize).toBe(8);
  });

  test("of other rows is told so", async () => {
    const folder = await adapterBeside({ "M.pt": float32("tensor", ROWS + 1, 4) });
    await expect(loadAdapter(folder)).rejects.toThrow("the vocabulary matrix has 4 rows");
  });

  test("is not looked for beside an ordinary projector", async () => {
    const folder = join(root, "ordinary");
    mkdirSync(folder);
    const layers = Object.entries(projectorTensors(ROWS)).filter(([name]) => !name.includes(".3."));
    writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(Object.fromEntries(layers)));
    writeFileSync(join(folder, "M.pt"), "no archive");
    expect((await loadAdapter(folder)).projector.kind).toBe("mlp2x_gelu");
  });
});
