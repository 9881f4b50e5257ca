import { createHash } from "node:crypto";
import { cpSync, existsSync, openSync, readFileSync, writeFileSync, writeSync, closeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { readGguf } from "../../../src/checkpoint/gguf/read.js";
import { writeGguf } from "../../../src/checkpoint/gguf/write.js";
import { exportAdapter, type ExportOptions } from "../../../src/export/export.js";
import { checkGguf } from "../../../src/export/gguf/check-gguf.js";
import { checkMmproj } from "../../../src/export/gguf/check-mmproj.js";
import { openGgufParts } from "../../../src/export/gguf/gguf-parts.js";
import { normalisation, planMmproj, type MmprojParts } from "../../../src/export/gguf/plan-mmproj.js";
import { ggufTensor } from "../../../src/export/gguf/written-tensor.js";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { openMmproj } from "../../../src/model/gguf/open-mmproj.js";
import { readVision } from "../../../src/model/vision/vision-families.js";
import type { FloatDtype } from "../../../src/tensor/dtype.js";
import { decodeFloats } from "../../../src/tensor/half.js";
import { withWorker } from "../../../src/runtime/sessions/client.js";
import { isDecoded } from "../../../src/tensor/tensor-info.js";
import { safetensorsBytes, randomTensor } from "../../helpers/make-folders.js";
import { readJson } from "../../helpers/read-json.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const vision = join(WORLD, "vision");
const mlp = join(WORLD, "adapters", "qwen2", "mlp2x_gelu");
const DTYPES = [
  ["F32", "F32"],
  ["F16", "F16"],
  ["BF16", "BF16"],
  ["Q8", "Q8_0"],
  ["Q4", "Q4_0"],
] as const;

let outputs = 0;
async function exported(options: Partial<ExportOptions> = {}) {
  const output = join(root, `output-${outputs++}`);
  const common = {
    adapter: mlp,
    vision,
    format: "gguf",
    output,
    cacheFolder: root,
    toolVersion: "0.0.0-test",
  } as const;
  return exportAdapter({ ...common, ...options });
}

async function openParts(dtype: "F32" | "F16" | "BF16" | "Q8" | "Q4" = "F16"): Promise<MmprojParts> {
  const request = { adapter: await loadAdapter(mlp), vision, dtype, output: root, cacheFolder: root, toolVersion: "" };
  return withWorker(async (client) => (await openGgufParts(request, client)).mmproj);
}

async function written(parts: MmprojParts, name: string) {
  const plan = planMmproj(parts);
  const path = join(root, name);
  await writeGguf(
    path,
    plan.keys,
    plan.tensors.map((tensor) => ggufTensor(tensor, undefined)),
  );
  return { path, plan };
}

const golden = readJson(join(import.meta.dirname, "..", "..", "goldens", "mmproj.json")) as Record<string, string>;

test.each(DTYPES)("--dtype %s: every byte of an mmproj file is as the package gguf writes it", async (dtype, type) => {
  const parts = { ...(await openParts(dtype)), origin: {} };
  const plan = planMmproj(parts);
  const tensors = plan.tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const path = join(root, `golden-${type}.gguf`);
  await writeGguf(
    path,
    plan.keys,
    tensors.map((tensor) => ggufTensor(tensor, undefined)),
  );
  expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(golden[type]);
});

test.each(DTYPES)(
  "--dtype %s: the file is named, checked by running it, and says how near it comes",
  async (dtype, type) => {
    const { files, checks, remarks } = await exported({ dtype });
    expect(files.map(({ name }) => name)).toEqual(["README.md", `mmproj-${type}.gguf`]);
    expect(checks[0]).toMatch(new RegExp(`^mmproj-${type}\\.gguf: \\d+ keys and \\d+ rows of 41 tensors read back`));
    const difference = Number(/largest difference (\S+) of/.exec(checks[1]!)![1]);
    expect(difference).toBeLessThan({ F32: 1e-6, F16: 1e-3, BF16: 1e-6, Q8_0: 2e-2, Q4_0: 0.4 }[type]);
    expect(remarks.join("\n")).toContain("class token: llama.cpp since May 2025 puts CLIP's class token behind");
    expect(remarks.join("\n")).toContain(`${type}: llama.cpp's vectors are within about`);
  },
);

test("an mmproj file opens as the tower and the adapter that it was made of", async () => {
  const { output } = await exported({ dtype: "F32" });
  const { checkpoint, files, adapterConfig } = await openMmproj(join(output, "mmproj-F32.gguf"));
  const tower = readVision((await files.readJson("config.json")).json, output);
  const own = readVision(readJson(vision, "config.json"), vision);
  expect(tower).toEqual({ ...own, layers: 2 });
  expect(adapterConfig).toMatchObject({ mm_projector_type: "mlp2x_gelu", mm_vision_select_layer: -1 });
  const name = "vision_model.encoder.layers.1.mlp.fc2.weight";
  const [written, source] = [checkpoint.tensors.get(name)!, (await openCheckpoint(vision)).tensors.get(name)!];
  expect(decodeFloats(await readTensor(written), "F32")).toEqual(
    decodeFloats(await readTensor(source), source.dtype as FloatDtype),
  );
});

test("an mm_vocab adapter is folded into the two layers", async () => {
  const { checks, remarks } = await exported({ adapter: join(WORLD, "adapters", "llama3", "paper-0"), dtype: "F32" });
  expect(Number(/largest difference (\S+) of/.exec(checks[1]!)![1])).toBeLessThan(1e-5);
  expect(remarks[0]).toBe("projector: Linear, GELU, Linear, as llama.cpp's kind mlp");
});

test("a projector of one layer passes the GELU shifted, and stays float32 behind it", async () => {
  const folder = join(root, "linear");
  cpSync(mlp, folder, { recursive: true, filter: (path) => !path.endsWith(".bin") });
  const own = { ...(readJson(join(mlp, "config.json")) as object), mm_projector_type: "linear" };
  writeFileSync(join(folder, "config.json"), JSON.stringify(own));
  const tensors = {
    "model.mm_projector.weight": randomTensor([64, 64], 3),
    "model.mm_projector.bias": randomTensor([64], 4),
  };
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(tensors));
  const { output, checks } = await exported({ adapter: folder, dtype: "F16" });
  expect(Number(/largest difference (\S+) of/.exec(checks[1]!)![1])).toBeLessThan(1e-3);
  const file = await readGguf(join(output, "mmproj-F16.gguf"));
  const dtypes = Object.fromEntries(file.tensors.map(({ name, dtype }) => [name, dtype]));
  expect(dtypes).toMatchObject({ "mm.0.weight": "F16", "mm.2.weight": "F32", "mm.2.bias": "F32" });
});

describe("what llama.cpp insists on", () => {
  test("vectors and positions are F32, the cut into patches takes no blocks, and rows that are no whole blocks are F16", async () => {
    const parts = await openParts("Q4");
    const { spec } = parts.vision;
    const tensors = new Map(parts.vision.weights.tensors);
    for (const layer of [0, 1]) {
      const narrow = (name: string, shape: number[]) => {
        const full = `vision_model.encoder.layers.${layer}.mlp.${name}`;
        tensors.set(full, { ...tensors.get(full)!, shape });
      };
      narrow("fc1.weight", [150, 64]);
      narrow("fc1.bias", [150]);
      narrow("fc2.weight", [64, 150]);
    }
    const weights = { ...parts.vision.weights, tensors };
    const plan = planMmproj({
      ...parts,
      vision: { ...parts.vision, spec: { ...spec, intermediateSize: 150 }, weights },
    });
    const types = Object.fromEntries(plan.tensors.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      "v.class_embd": "F32",
      "v.position_embd.weight": "F32",
      "v.patch_embd.weight": "F16",
      "v.pre_ln.bias": "F32",
      "v.blk.1.ln2.weight": "F32",
      "v.blk.1.attn_q.bias": "F32",
      "v.blk.1.attn_q.weight": "Q4_0",
      "v.blk.1.ffn_up.weight": "Q4_0",
      "v.blk.1.ffn_down.weight": "F16",
      "mm.0.bias": "F32",
      "mm.2.weight": "Q4_0",
    });
    // The layer behind the selected one, and the norm behind all, would be computed too.
    expect(Object.keys(types).filter((name) => /blk\.2|post_ln/.test(name))).toEqual([]);
  });

  test("the selected hidden state is said in so many layers, whichever it is", async () => {
    const parts = await openParts();
    const keysOf = (selectLayer: number) => {
      const selection = { selectLayer, selectFeature: "patch" } as const;
      const { keys, tensors } = planMmproj({ ...parts, vision: { ...parts.vision, selection } });
      const layers = tensors.filter(({ name }) => name.endsWith("ln1.weight")).length;
      return [keys.get("clip.vision.block_count")!.value, keys.get("clip.vision.feature_layer")!.value, layers];
    };
    expect([keysOf(-1), keysOf(-2), keysOf(1)]).toEqual([
      [3, [3], 3],
      [2, [2], 2],
      [1, [1], 1],
    ]);
  });

  test("GELU is told from quick GELU", async () => {
    const parts = await openParts();
    const used = (activation: string) => {
      const vision = { ...parts.vision, spec: { ...parts.vision.spec, activation } };
      return planMmproj({ ...parts, vision }).keys.get("clip.use_gelu")!.value;
    };
    expect([used("quick_gelu"), used("gelu")]).toEqual([false, true]);
    expect(() => used("relu")).toThrow('hidden_act is "relu", llama.cpp has gelu, quick_gelu');
  });

  test("pixels are always divided by 255, so another factor goes into mean and deviation", async () => {
    const { images } = (await openParts()).vision;
    const usual = normalisation(images);
    expect(usual).toEqual({ mean: images.mean, std: images.std });
    const whole = normalisation({ ...images, rescaleFactor: undefined });
    const pixel = 200;
    expect((pixel / 255 - whole.mean[0]!) / whole.std[0]!).toBeCloseTo((pixel - images.mean[0]) / images.std![0], 3);
    expect(normalisation({ ...images, std: undefined })).toEqual({ mean: [0, 0, 0], std: [1, 1, 1] });
  });
});

describe("what llama.cpp would compute otherwise is refused", () => {
  test.each([
    [{ selection: { selectLayer: -2, selectFeature: "cls_patch" } }, "takes the class token too"],
    [{ selection: { selectLayer: 0, selectFeature: "patch" } }, "takes hidden state 0, before all layers"],
    [{ selection: { selectLayer: 9, selectFeature: "patch" } }, "the vision tower has hidden states 0 to 3"],
    [{ spec: { intermediateSize: 64 } }, "intermediate_size is hidden_size (64)"],
  ])("%j", async (change, message) => {
    const parts = await openParts();
    const { selection = parts.vision.selection, spec = {} } = change as Partial<MmprojParts["vision"]>;
    const vision = { ...parts.vision, selection, spec: { ...parts.vision.spec, ...spec } };
    expect(() => planMmproj({ ...parts, vision })).toThrow(message);
  });

  test.each([
    [{ image_aspect_ratio: "anyres" }, /several crops of a picture \(image_aspect_ratio "anyres"\)/],
    [{ image_aspect_ratio: "anyres_max_9" }, /which llama.cpp puts in another order and without line breaks/],
  ])("an adapter of %j", async (change, message) => {
    const folder = join(root, `tiles-${outputs++}`);
    cpSync(mlp, folder, { recursive: true });
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({ ...(readJson(join(mlp, "config.json")) as object), ...change }),
    );
    await expect(exported({ adapter: folder })).rejects.toThrow(message);
  });

  test.each([
    [{ vision: undefined }, "--vision: is missing"],
    [{ dtype: "keep" }, "--dtype=keep: --format gguf writes f16"],
    [{ adapter: join(WORLD, "adapters", "llama3", "mlp2x_gelu"), vision: join(WORLD, "nothing") }, "nothing"],
  ] as const)("%j leaves nothing behind", async (options, message) => {
    const output = join(root, `refused-${outputs++}`);
    await expect(exported({ ...options, output })).rejects.toThrow(message);
    expect(existsSync(output)).toBe(false);
  });
});

test("an interrupted export leaves nothing behind", async () => {
  const output = join(root, "interrupted");
  const aborter = new AbortController();
  const onProgress = ({ stage }: { readonly stage: string }): void => {
    if (stage === "writing") aborter.abort();
  };
  await expect(exported({ output, signal: aborter.signal, onProgress })).rejects.toThrow(/interrupted/i);
  expect(existsSync(output)).toBe(false);
});

describe("a file that is not what was meant", () => {
  const change = (path: string, at: number): void => {
    const byte = readFileSync(path)[at]! ^ 1;
    const file = openSync(path, "r+");
    writeSync(file, Uint8Array.of(byte), 0, 1, at);
    closeSync(file);
  };

  test("is found by its keys and by its tensors", async () => {
    const parts = await openParts("Q8");
    const { path, plan } = await written(parts, "damaged.gguf");
    await expect(checkGguf(path, plan)).resolves.toContain("read back as they were meant");
    const size = readFileSync(path).indexOf("clip.vision.image_size") + "clip.vision.image_size".length + 4;
    change(path, size);
    await expect(checkGguf(path, plan)).rejects.toThrow('has "clip.vision.image_size" otherwise than written');
    change(path, size);
    const tensor = (await readGguf(path)).tensors.find(({ name }) => name === "v.blk.1.attn_k.weight")!;
    if (!isDecoded(tensor)) throw new Error("expected blocks");
    change(path, tensor.stored.byteOffset + 5);
    await expect(checkGguf(path, plan)).rejects.toThrow('has "v.blk.1.attn_k.weight" differ from its source');
  });

  test("is found by running it", async () => {
    const parts = await openParts("F16");
    const { path } = await written(
      { ...parts, vision: { ...parts.vision, spec: { ...parts.vision.spec, heads: 2 } } },
      "heads.gguf",
    );
    await withWorker(async (client) => {
      await expect(checkMmproj(path, parts, { client })).rejects.toThrow("its vectors of an image of noise differ");
    });
  });
});
