import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
import { officialTrainingFlags } from "../../src/adapter/official-flags.js";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { exportAdapter } from "../../src/export/export.js";
import { readTensor } from "../../src/files/read-tensor.js";
import { decodeFloats } from "../../src/tensor/half.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import type { CheckpointTensor } from "../../src/tensor/tensor-info.js";
import { planTransfer } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import { byteLevelTokenizer, makeAdapter, makeLlm, randomTensor, safetensorsBytes } from "../helpers/make-folders.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const GOLDEN = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "official-forward.json");
const ORDINARY_GOLDEN = join(dirname(GOLDEN), "official-ordinary.json");
interface Golden {
  readonly sha256: Readonly<Record<string, string>>;
  /** (3, hidden) each. */
  readonly float32: readonly (readonly number[])[];
  readonly bfloat16: readonly (readonly number[])[];
}

const root = temporaryFolder();
/** Where the files go; test/goldens/make/official_forward.py says how to keep them. */
const output = process.env["GOLDEN_OUTPUT"] ?? join(root, "output");
const [VISION, MLP, WIDTH] = [16, 24, 8];

async function makeOfficialFiles() {
  const words = ["Ġthe", "Ġcat", "Ġred", "ing", "Ġbird"];
  const target = join(root, "llm");
  const adapter = join(root, "adapter");
  makeLlm(target, { tokenizer: byteLevelTokenizer([...words].reverse(), ["<|end|>"]), hiddenSize: 8, seed: 21 });
  const tokens = Object.fromEntries([...words, "a", "b", "!"].map((word, i) => [word, i + 1]));
  const config = { mm_vision_tower: "openai/clip-vit-large-patch14-336", mm_vision_select_layer: -2 };
  makeAdapter(adapter, { tokens, visionHiddenSize: VISION, mlpHiddenSize: MLP, config });
  const plan = await planTransfer({ adapter, target, dtype: "BF16" });
  return executeTransfer(plan, { output, official: true, force: true, toolVersion: "test" });
}

async function values(tensor: CheckpointTensor): Promise<Float32Array> {
  return decodeFloats(await readTensor(tensor), tensor.dtype as FloatDtype);
}

/** y = W x + b in float64; W (out, in). */
async function linear(layer: { weight: CheckpointTensor; bias: CheckpointTensor }, input: readonly number[]) {
  const [weight, bias] = [await values(layer.weight), await values(layer.bias)];
  return Array.from(bias, (start, out) =>
    input.reduce((sum, x, i) => sum + x * weight[out * input.length + i]!, start),
  );
}

/** Abramowitz and Stegun 7.1.5, the power series of erf; the inputs here stay below 4. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));

/** The same arithmetic as the official forward pass, from the folder's own model.safetensors. */
async function forward(input: readonly number[]): Promise<number[]> {
  const { projector, matrix } = await loadAdapter(join(output, "model.safetensors"));
  if (projector.kind !== "mm_vocab") throw new Error("expected a vocabulary projector");
  const hidden = (await linear(projector.layers[0], input)).map(gelu);
  const coefficients = await linear(projector.layers[3], await linear(projector.layers[2], hidden));
  const rows = await values(matrix!.tensor);
  return Array.from({ length: 8 }, (_, d) => coefficients.reduce((sum, c, row) => sum + c * rows[row * 8 + d]!, 0));
}

describe("the files for the official training code", () => {
  const golden = JSON.parse(readFileSync(GOLDEN, "utf8")) as Golden;

  test("are the bytes that PyTorch loaded, and give the vectors that it computed", async () => {
    const report = await makeOfficialFiles();
    for (const [name, hash] of Object.entries(golden.sha256)) {
      expect([
        name,
        createHash("sha256")
          .update(readFileSync(join(output, name)))
          .digest("hex"),
      ]).toEqual([name, hash]);
    }
    const inputs = [0, 1, 2].map((i) => Array.from({ length: VISION }, (_, j) => (((i * 37 + j * 11) % 33) - 16) / 8));
    const ours = await Promise.all(inputs.map(forward));
    const largest = Math.max(...golden.float32.flat().map(Math.abs));
    const difference = (theirs: readonly (readonly number[])[]): number =>
      Math.max(...ours.flatMap((row, i) => row.map((value, d) => Math.abs(value - theirs[i]![d]!)))) / largest;
    expect(difference(golden.float32)).toBeLessThan(1e-5);
    expect(difference(golden.bfloat16)).toBeLessThan(2e-2);
    expect(report.officialFlags).toContain("--mm_vocab_size 8 ");
  });

  test("keep the projector's dtype and hold the matrix in float32", async () => {
    const dtypes = async (name: string): Promise<string[]> =>
      [...(await openCheckpoint(join(output, name))).tensors.values()].map(({ dtype }) => dtype);
    expect(new Set(await dtypes("mm_projector.bin"))).toEqual(new Set(["BF16"]));
    expect(await dtypes("mm_vocab_matrix.pt")).toEqual(["F32"]);
  });

  test("serve as an adapter themselves: mm_projector.bin with the matrix and the vocabulary beside it", async () => {
    const adapter = await loadAdapter(join(output, "mm_projector.bin"));
    expect(adapter.projector).toMatchObject({
      kind: "mm_vocab",
      visionHiddenSize: VISION,
      mlpHiddenSize: MLP,
      rows: 8,
    });
    expect(adapter.matrix).toMatchObject({ rows: 8, hiddenSize: 8 });
  });
});

describe("an ordinary projector for the official code", () => {
  const golden = JSON.parse(readFileSync(ORDINARY_GOLDEN, "utf8")) as { sha256: string; float32: number[][] };
  const adapter = join(root, "ordinary");
  const ordinaryOutput = `${output}-ordinary`;
  const layer = (number: number, outputs: number, inputs: number) => ({
    [`mm_projector.${number}.weight`]: randomTensor([outputs, inputs], 31 + number),
    [`mm_projector.${number}.bias`]: randomTensor([outputs], 41 + number),
  });

  test("is the bytes that its builder loaded and trained on, and gives the vectors that it computed", async () => {
    mkdirSync(adapter, { recursive: true });
    const tensors = { ...layer(0, WIDTH, VISION), ...layer(2, WIDTH, WIDTH) };
    writeFileSync(join(adapter, "model.safetensors"), safetensorsBytes(tensors));
    writeFileSync(join(adapter, "config.json"), JSON.stringify({ mm_projector_type: "mlp2x_gelu" }));
    await exportAdapter({
      ...{ adapter, format: "official", output: ordinaryOutput, llmName: "org/llm", force: true },
      ...{ cacheFolder: root, toolVersion: "test" },
    });
    const file = join(ordinaryOutput, "mm_projector.bin");
    expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(golden.sha256);
    const { projector } = await loadAdapter(file);
    if (projector.kind !== "mlp2x_gelu") throw new Error("expected an ordinary projector");
    const largest = Math.max(...golden.float32.flat().map(Math.abs));
    for (const [i, theirs] of golden.float32.entries()) {
      const input = Array.from({ length: VISION }, (_, j) => (((i * 37 + j * 11) % 33) - 16) / 8);
      const ours = await linear(projector.layers[2], (await linear(projector.layers[0], input)).map(gelu));
      expect(Math.max(...ours.map((value, d) => Math.abs(value - theirs[d]!))) / largest).toBeLessThan(1e-5);
    }
  });
});

test("flags quote what a shell would split", () => {
  const flags = officialTrainingFlags({
    projectorFile: "p.bin",
    folder: "my folder",
    llm: "it's",
    projector: { kind: "mm_vocab", rows: 3, mlpHiddenSize: 4, matrixFile: "m.pt" },
    visionTower: undefined,
    selectLayer: undefined,
  });
  expect(flags.split(" \\\n")).toEqual([
    "llava/train/train_mem.py",
    "  --model_name_or_path 'it'\\''s'",
    "  --mm_projector_type mm_vocab",
    "  --mm_vocab_size 3",
    "  --mlp_hidden_size 4",
    "  --mm_vocab_matrix 'my folder/m.pt'",
    "  --pretrain_mm_mlp_adapter 'my folder/p.bin'",
  ]);
});
