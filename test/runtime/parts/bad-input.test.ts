import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { parseDevice } from "../../../src/runtime/sessions/device.js";
import { loadModel } from "../../../src/runtime/parts/load-model.js";
import { checkMemory } from "../../../src/runtime/devices/memory.js";
import {
  choosePrecision,
  computeType,
  visionPrecision,
  type Precision,
} from "../../../src/runtime/devices/precision.js";
import { describeSessionError } from "../../../src/runtime/sessions/onnxruntime.js";
import type { FloatDtype } from "../../../src/tensor/dtype.js";
import { encodeFloats } from "../../../src/tensor/half.js";
import type { TensorInfo } from "../../../src/tensor/tensor-info.js";
import { MODELS } from "../../helpers/goldens.js";
import { PROJECTORS } from "../../helpers/projector-goldens.js";
import { withModel } from "../../helpers/with-model.js";

const work = mkdtempSync(join(tmpdir(), "langbridge-bad-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A copy of a tiny model with other config fields. */
function folderWith(model: string, fields: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(work, "model-"));
  cpSync(join(MODELS, model), folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as object;
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, ...fields }));
  return folder;
}

/** A copy of a tiny model with NaN for the first number of a tensor. */
async function folderWithNaN(model: string, name: string): Promise<string> {
  const folder = folderWith(model, {});
  const tensor = (await openCheckpoint(folder)).tensors.get(name) as TensorInfo;
  const bytes = readFileSync(tensor.file);
  bytes.set(encodeFloats(Float32Array.of(NaN), tensor.dtype as FloatDtype), tensor.byteOffset);
  writeFileSync(tensor.file, bytes);
  return folder;
}

const load = (options: { llm?: string; vision?: string; device?: string; dtype?: string }): Promise<unknown> =>
  loadModel({ ...options, cacheFolder: work });

describe("folders that cannot be run", () => {
  test.each([
    [{ model_type: "mpt" }, /config\.json: model_type is "mpt"; this LLM cannot be run here, supported: llama, /],
    [
      { hidden_act: "gelu" },
      /config\.json: hidden_act is "gelu"; this model cannot be run here, supported: "silu", "swish"$/,
    ],
    [
      { quantization_config: { bits: 4 } },
      /config\.json: quantization_config names an unnamed method \(4 bits\), which/,
    ],
    [
      { rope_parameters: { rope_type: "longrope" } },
      /short_factor and long_factor have 0 and 0 numbers, "longrope" needs one for each pair of dimensions$/,
    ],
    [{ rope_scaling: { type: "toString" } }, /rope_scaling\.rope_type is "toString"; this model cannot be run here/],
    [{ rope_scaling: { type: "yarn" } }, /rope_scaling\.factor is missing; "yarn" needs it$/],
    [
      { rope_parameters: { full_attention: { rope_theta: 1 } } },
      /rope_parameters\.full_attention is \{"rope_theta":1\}; this model cannot be run here, it must be absent$/,
    ],
    [{ rope_parameters: { partial_rotary_factor: 0.5 } }, /rope_parameters\.partial_rotary_factor is 0\.5; this model/],
    [{ num_key_value_heads: 3 }, /num_key_value_heads is 3, expected a divisor of num_attention_heads 4$/],
    [{ head_dim: 24 }, /heads of 24 dimensions cannot be run here, supported: multiples of 16$/],
    [{ num_hidden_layers: 3 }, /has no tensor "model\.layers\.2\..*"; the nearest names are "model\.layers/],
    [
      { intermediate_size: 96 },
      /"model\.layers\.0\.mlp\.gate_proj\.weight" is \(64, 32\), config\.json asks for \(96, 32\)/,
    ],
  ])("LLM with %j", async (fields, message) => {
    await expect(load({ llm: folderWith("llama-tied", fields) })).rejects.toThrow(message);
  });

  test("a vision tower of another family", async () => {
    const vision = folderWith("clip", { model_type: "siglip2_vision_model" });
    await expect(load({ vision })).rejects.toThrow(
      /config\.json: model_type is "siglip2_vision_model"; this vision tower cannot be run here, supported: clip, siglip$/,
    );
  });
});

describe("weights that are damaged", () => {
  const ask = { maxTokens: 3 };

  test.each(["model.layers.1.mlp.down_proj.weight", "lm_head.weight"])("an LLM with NaN in %s", async (name) => {
    const llm = await folderWithNaN("qwen3-biased", name);
    await withModel({ llm, cacheFolder: work }, async (model) => {
      const embeddings = model.llm!.embed([1, 2, 3]);
      const message = `${llm}: the logits in f32 are not finite; its weights are damaged; fetch them again`;
      await expect(model.llm!.start(embeddings)).rejects.toThrow(message);
      await expect(model.llm!.logits({ embeddings })).rejects.toThrow(message);
      await expect(model.llm!.generate({ embeddings, ...ask })).rejects.toMatchObject({ name: "InputError", message });
    });
  });

  test.each(["q8", "q4"])("an LLM with NaN is not rounded to %s", async (dtype) => {
    const name = "model.layers.1.mlp.down_proj.weight";
    const llm = await folderWithNaN("qwen3", name);
    await expect(load({ llm, dtype })).rejects.toMatchObject({
      name: "InputError",
      message: `${join(llm, "model.safetensors")}: "${name}" holds NaN, which no block can be scaled to; fetch the file again`,
    });
    expect(readdirSync(work).filter((file) => file.endsWith(".safetensors"))).toEqual([]);
  });

  test("another dtype than f32 may be too narrow for them", async () => {
    const llm = await folderWithNaN("qwen3", "model.layers.1.mlp.down_proj.weight");
    await withModel({ llm, dtype: "f16", cacheFolder: work }, async (model) => {
      await expect(model.llm!.generate({ embeddings: model.llm!.embed([1]), ...ask })).rejects.toThrow(
        `${llm}: the logits in f16 are not finite; its weights are damaged or f16 is too narrow for them; use --dtype f32, or fetch them again`,
      );
    });
  });

  test("embeddings that are not finite are told from a damaged LLM", async () => {
    await withModel({ llm: join(MODELS, "qwen3"), cacheFolder: work }, async (model) => {
      const embeddings = model.llm!.embed([1, 2, 3]);
      embeddings[2 * model.llm!.info.hiddenSize] = Infinity;
      await expect(model.llm!.generate({ embeddings, ...ask })).rejects.toThrow(
        /qwen3: row 2 of the embeddings that it was given is not finite; the weights of the part that made it are damaged/,
      );
    });
  });
});

describe("memory that is short", () => {
  beforeEach(() => void jest.spyOn(process, "availableMemory").mockReturnValue(1000));
  afterEach(() => void jest.restoreAllMocks());
  const cacheFolder = join(work, "short");

  test.each(["f32", "q8", "q4"])("an LLM in %s is refused before its weights are read", async (dtype) => {
    const llm = join(MODELS, "llama-tied");
    await expect(loadModel({ llm, dtype, cacheFolder })).rejects.toMatchObject({
      name: "UnavailableError",
      message: expect.stringMatching(
        new RegExp(`llama-tied in ${dtype}: needs about 0\\.\\d GB of memory, 0\\.0 GB are free; use a smaller`),
      ) as unknown,
    });
    expect(existsSync(cacheFolder)).toBe(false);
  });

  test.each([
    {
      fold: false,
      line: /^the adapter .*projectors.model\.safetensors in f32: needs about .*; free some memory, or use/,
    },
    {
      fold: true,
      line: /^folding the adapter .*projectors.model\.safetensors: needs about .*; free some memory, or fold/,
    },
  ])("an adapter is refused, fold $fold", async ({ fold, line }) => {
    const options = { adapter: PROJECTORS.mm_vocab, adapterOptions: { fold }, cacheFolder };
    await expect(loadModel(options)).rejects.toMatchObject({
      name: "UnavailableError",
      message: expect.stringMatching(line) as unknown,
    });
  });
});

describe("machines that cannot run", () => {
  test("a device that is unknown or a dtype that it does not compute is named", () => {
    expect(() => parseDevice("tpu")).toThrow('device "tpu" is unknown; expected cpu, cuda, cuda:N or webgpu');
    expect(parseDevice("cuda:3")).toEqual({ kind: "cuda", index: 3 });
    expect(() => choosePrecision("bf16", parseDevice("cpu"), { dtype: "BF16" })).toThrow(
      "cpu computes no bfloat16; use f32 or f16",
    );
    expect(() => choosePrecision("f32", parseDevice("cuda"), { dtype: "F32" })).toThrow(
      "dtype f32: cuda:0 computes no attention in float32; use f16 or bf16",
    );
    expect(() => choosePrecision("q2", parseDevice("cpu"), { dtype: "BF16" })).toThrow('dtype "q2" is unknown');
  });

  test("the default dtype is f32 on the CPU, the stored bf16 on CUDA, f16 elsewhere", () => {
    expect(choosePrecision(undefined, parseDevice("cpu"), { dtype: "BF16" })).toBe("f32");
    expect(choosePrecision(undefined, parseDevice("cuda"), { dtype: "BF16" })).toBe("bf16");
    expect(choosePrecision(undefined, parseDevice("cuda"), { dtype: "F32" })).toBe("f16");
    expect(choosePrecision(undefined, parseDevice("webgpu"), { dtype: "BF16" })).toBe("f16");
    expect(choosePrecision(undefined, { ...parseDevice("webgpu"), lacksFloat16: true }, { dtype: "BF16" })).toBe("f32");
    expect(choosePrecision(undefined, parseDevice("cpu"), { dtype: "F32", inBlocks: true })).toBe("stored");
    expect(() => choosePrecision("stored", parseDevice("cpu"), { dtype: "BF16" })).toThrow("this one's does not");
  });

  test("blocks are multiplied in float16 where attention computes no float32, and towers never in bfloat16", () => {
    expect(["q8", "q4", "stored"].map((name) => computeType(name as Precision, parseDevice("cuda")))).toEqual(
      Array(3).fill("float16"),
    );
    expect(computeType("q4", parseDevice("webgpu"))).toBe("float32");
    expect(computeType("bf16", parseDevice("cuda"))).toBe("bfloat16");
    for (const asked of [undefined, "bf16", "q4"])
      expect(visionPrecision(asked, parseDevice("cuda"), "BF16")).toBe("f16");
    expect(visionPrecision("f32", parseDevice("cuda"), "BF16")).toBe("f32");
    expect(() => visionPrecision("bf16", parseDevice("webgpu"), "BF16")).toThrow("webgpu computes no bfloat16");
  });

  test("too little memory is refused with both figures", () => {
    expect(() => checkMemory(32e9, "llm in f32", { available: 12.5e9 })).toThrow(
      "llm in f32: needs about 32.0 GB of memory, 12.5 GB are free; use a smaller dtype (q8 or q4)",
    );
  });

  test.each([
    [
      "cuda",
      "OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library",
      /^cuda:0: is not available on this machine; it needs Linux x64, an NVIDIA driver and CUDA 13, see docs/,
    ],
    [
      "cuda",
      "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; expr=cudaSetDevice(info_.device_id)",
      /^cuda:0: is not available on this machine; its NVIDIA driver is too old .*580 or newer/,
    ],
    [
      "cuda",
      "CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; expr=cudaSetDevice(info_.device_id)",
      /^cuda:0: is not available on this machine; the driver finds no GPU; check with nvidia-smi/,
    ],
    ["cuda:7", "CUDA failure 101: invalid device ordinal", /^cuda:7: .*no GPU of that number; nvidia-smi -L/],
    [
      "cuda",
      "CUDA failure 209: no kernel image is available for execution on the device",
      /^cuda:0: .*no code for this GPU; it has code for compute capability 7.5, 8.0, 8.6, 8.9, 9.0 and 12.0/,
    ],
    ["cuda", "CUDA failure 2: out of memory", /^cuda:0: out of memory; use a smaller dtype/],
    ["cuda", "CUDA failure 700: an illegal memory access", /^cuda:0: is not available on this machine; it needs Linux/],
    [
      "webgpu",
      "fallback to CPU EP has been explicitly disabled by the user.",
      /^webgpu: an operator of this model has no kernel/,
    ],
    [
      "webgpu",
      "Program Cast requires f16 but the device does not support it.",
      /^webgpu: this device computes no float16/,
    ],
    [
      "webgpu",
      "Failed to get a WebGPU adapter: No supported adapters",
      /^webgpu: is not available on this machine; it needs a GPU driver/,
    ],
    ["webgpu", "No supported adapters", /^webgpu: is not available on this machine; /],
    ["cpu", "std::bad_alloc", /^cpu: out of memory; use a smaller dtype/],
  ])("%s: %s", (device, text, line) => {
    const error = describeSessionError(new Error(text), parseDevice(device));
    expect(error.message).toMatch(line);
    expect(error.name).toBe("UnavailableError");
  });

  test("a path with the word adapter says nothing about the device", () => {
    const text = "Deserialize tensor failed: adapters/paper-0/model.safetensors does not exist";
    const error = describeSessionError(new Error(text), parseDevice("webgpu"));
    expect(error.message).toBe(`onnxruntime on webgpu: ${text}`);
  });

  test("onnxruntime adds no lines of its own to the one about a device", async () => {
    const runtime = new URL("../../../dist/src/runtime/sessions/onnxruntime.js", import.meta.url).href;
    const script = `
      import { createSession } from ${JSON.stringify(runtime)};
      const model = { bytes: new Uint8Array(0) };
      await createSession(model, { device: { kind: "cuda", index: 0 }, threads: 1 }).catch(() => undefined);`;
    const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    expect(stderr).toBe("");
  });
});
