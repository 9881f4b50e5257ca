import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import Eval from "../../commands/eval/index.js";
import Explain from "../../commands/explain.js";
import Export from "../../commands/export.js";
import Inspect from "../../commands/inspect.js";
import Transfer from "../../commands/transfer.js";
import { runCommand } from "../helpers/run-command.js";
import { safetensorsBytes } from "../helpers/safetensors-bytes.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

/** What people name in the place of a model, and what each command has to say of it, whatever argument it is given for. */

const root = temporaryFolder();
let made = 0;

type Content = string | Uint8Array | object;

/** A new folder with the given files and folders; objects that are no bytes become JSON, null a folder. */
function folderOf(files: Readonly<Record<string, Content | null>>): string {
  const folder = join(root, String(made++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if (content === null) mkdirSync(path);
    else if (typeof content === "string" || content instanceof Uint8Array) writeFileSync(path, content);
    else writeFileSync(path, JSON.stringify(content));
  }
  return folder;
}

/** A copy of a folder of models in which some files are others. */
function changedFolder(from: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(made++));
  cpSync(from, folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const LLAMA = { model_type: "llama", vocab_size: 96, hidden_size: 32 };
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 988097824\n`;
const PAGE = "<!DOCTYPE html>\n<html><head><title>model.safetensors</title></head></html>\n";
const LORA = { base_model_name_or_path: "meta-llama/Llama-3.2-1B", peft_type: "LORA" };
/** Fewer bytes than a header's length. */
const BYTES = Uint8Array.of(1, 2, 3);

interface Thing {
  readonly what: string;
  readonly path: string;
  readonly says: RegExp;
}

const THINGS: readonly Thing[] = [
  {
    what: "the page of a model",
    path: "https://huggingface.co/org/model/tree/main",
    says: /is a URL, a path was expected; fetch it with: hf download org\/model, then name it org\/model/,
  },
  { what: "any URL", path: "ftp://host/model", says: /is a URL, a path was expected; download it/ },
  { what: "a path that leads nowhere", path: join(root, "a", "b"), says: /no such file or folder/ },
  { what: "an empty folder", path: folderOf({}), says: /is empty; name the folder of a model/ },
  {
    what: "a LoRA",
    path: folderOf({ "adapter_config.json": LORA, "adapter_model.safetensors": BYTES }),
    // Export and inspect have no --base-llm; lora.test.ts has their words.
    says: /is a LoRA of "meta-llama\/Llama-3\.2-1B" \(adapter_config\.json\), not a model of its own; give the folder of that model with --base-llm, or merge the two with PEFT|is a LoRA, and export takes a whole LLM; merge it|is a LoRA without a tokenizer of its own; inspect/,
  },
  {
    what: "a folder of GGUF files",
    path: folderOf({ "config.json": LLAMA, "model-Q4_K.gguf": BYTES, "model-Q8_0.gguf": BYTES }),
    says: /holds GGUF files; name one of them: model-Q4_K\.gguf, model-Q8_0\.gguf$/m,
  },
  {
    what: "a repository of the Hugging Face cache",
    path: folderOf({ blobs: null, refs: null, snapshots: null }),
    says: /is a repository of the Hugging Face cache; name a folder in its snapshots, or org\/name/,
  },
  {
    what: "the output of a trainer",
    path: folderOf({ "checkpoint-500": null, "checkpoint-1000": null, runs: null }),
    says: /holds the checkpoints of a training; name one of them: checkpoint-1000, checkpoint-500$/m,
  },
  {
    what: "an unfinished download",
    path: folderOf({ "config.json": LLAMA, "model.safetensors.incomplete": BYTES }),
    says: /holds an unfinished download; fetch the folder anew: model\.safetensors\.incomplete/,
  },
  {
    what: "weights of Keras",
    path: folderOf({ "config.json": LLAMA, "tf_model.h5": BYTES }),
    says: /holds the weights of Keras or TensorFlow \(tf_model\.h5\), which are not read/,
  },
  {
    what: "weights under other names",
    path: folderOf({ "config.json": LLAMA, "weights.safetensors": BYTES, "optimizer.pt": BYTES }),
    says: /holds weights under names that no folder of transformers has; name the file: weights\.safetensors$/m,
  },
  {
    what: "a clone without Git LFS",
    path: folderOf({ "config.json": LLAMA, "model.safetensors": POINTER }),
    says: /model\.safetensors: is a Git LFS pointer, not the file itself of 988097824 bytes; fetch it with: git -C ".*" lfs pull$/m,
  },
  {
    what: "a clone without Git LFS, of torch files",
    path: folderOf({ "config.json": LLAMA, "pytorch_model.bin": POINTER }),
    says: /pytorch_model\.bin: is a Git LFS pointer/,
  },
  {
    what: "a web page saved as weights",
    path: folderOf({ "config.json": LLAMA, "model.safetensors": PAGE }),
    says: /model\.safetensors: .*; it is a web page; the page of a file is not the file/,
  },
  {
    what: "safetensors under the name of a torch archive",
    path: folderOf({ "config.json": LLAMA, "pytorch_model.bin": Buffer.from('\x02\0\0\0\0\0\0\0{"') }),
    says: /pytorch_model\.bin: is not a PyTorch zip archive; it is a safetensors file; name it \.safetensors/,
  },
];

const at = (...path: string[]): string => join(WORLD, ...path);
const GQA = ["--benchmark", "gqa", "--data", at("benchmarks", "gqa"), "--images", at("images"), "--limit", "1"];
const PARTS = { adapter: at("adapters", "qwen2", "mlp2x_gelu"), llm: at("qwen2"), vision: at("vision") };
const partFlags = (parts: object): string[] =>
  Object.entries(parts).flatMap(([name, path]) => [`--${name}`, String(path)]);

type Run = (path: string, output: string) => Promise<{ readonly stderr: string; readonly exitCode: number }>;

/** Every argument that is the folder of an adapter, an LLM or a whole model. */
const ARGUMENTS: readonly (readonly [string, Run])[] = [
  ["transfer ADAPTER", (path, out) => runCommand(Transfer, [path, PARTS.llm, "--output", out])],
  [
    "transfer TARGET",
    (path, out) => runCommand(Transfer, [at("adapters", "llama2", "paper-0"), path, "--output", out]),
  ],
  [
    "transfer --source",
    (path, out) => {
      const source = at("adapters", "llama2", "paper-0");
      return runCommand(Transfer, [source, PARTS.llm, "--source", path, "--align", "ridge", "--output", out]);
    },
  ],
  ["inspect", (path) => runCommand(Inspect, [path])],
  ["export --format onnx", (path, out) => runCommand(Export, [path, "--format", "onnx", "--output", out])],
  ["eval --llm", (path, out) => runCommand(Eval, [...GQA, ...partFlags({ ...PARTS, llm: path }), "--output", out])],
  [
    "eval --adapter",
    (path, out) => runCommand(Eval, [...GQA, ...partFlags({ ...PARTS, adapter: path }), "--output", out]),
  ],
  ["eval --model", (path, out) => runCommand(Eval, [...GQA, "--model", path, "--output", out])],
  [
    "explain --adapter",
    (path, out) => runCommand(Explain, [at("images"), ...partFlags({ ...PARTS, adapter: path }), "--output", out]),
  ],
];

describe.each(ARGUMENTS)("%s", (_, run) => {
  test.each(THINGS)("says what it is of $what", async ({ path, says }) => {
    const { stderr, exitCode } = await run(path, join(root, `out-${made++}`));
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(exitCode).toBe(1);
  });
});

describe("files of a folder that Git LFS has not fetched", () => {
  const ADAPTER = at("adapters", "llama2", "paper-0");

  test.each(["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"])(
    "%s",
    async (name) => {
      const target = changedFolder(PARTS.llm, { [name]: POINTER });
      const { stderr, exitCode } = await runCommand(Transfer, [ADAPTER, target, "--dry-run"]);
      expect(stderr).toMatch(new RegExp(`${name.replace(".", "\\.")}: is a Git LFS pointer, .* lfs pull$`, "m"));
      expect(exitCode).toBe(1);
    },
  );

  test("pictures and tables of a benchmark", async () => {
    const file = join(folderOf({ "lines.jsonl": POINTER }), "lines.jsonl");
    const { stderr } = await runCommand(Eval, ["--benchmark", "custom", "--data", file, "--answers", file]);
    expect(stderr).toContain("lines.jsonl: is a Git LFS pointer");
  });
});

describe("a folder, or nothing, where a file is meant", () => {
  const SOURCE = at("adapters", "llama2", "paper-0");
  const answers = ["--benchmark", "gqa", "--data", at("benchmarks", "gqa"), "--answers"];

  test.each<readonly [string, (path: string) => Promise<{ readonly stderr: string }>]>([
    ["--vocab", (path) => runCommand(Transfer, [SOURCE, PARTS.llm, "--dry-run", "--vocab", path])],
    ["--mapping", (path) => runCommand(Transfer, [SOURCE, PARTS.llm, "--dry-run", "--mapping", path])],
    ["--counts", (path) => runCommand(Inspect, [SOURCE, PARTS.llm, "--counts", path])],
    ["--answers", (path) => runCommand(Eval, [...answers, path])],
  ])("%s", async (_, run) => {
    const { stderr } = await run(folderOf({ "x.txt": "x" }));
    expect(stderr).toMatch(/: (?:cannot be read: is a folder|is not a regular file but a folder|is a folder)/);
    expect(stderr.trimEnd()).not.toContain("\n");
    const url = await run("https://example.org/file.json");
    expect(url.stderr).toMatch(/is a URL, a path was expected; download it/);
  });
});

describe("LLMs that software has packed", () => {
  test.each<readonly [string, object, string, RegExp]>([
    ["GPTQ", { quantization_config: { quant_method: "gptq", bits: 4 } }, "qweight", /quantised by gptq \(4 bits\)/],
    ["AWQ without its settings", {}, "qzeros", /quantised by GPTQ or AWQ/],
    [
      "bitsandbytes",
      { quantization_config: { quant_method: "bitsandbytes", load_in_4bit: true } },
      "weight.quant_state.bitsandbytes__nf4",
      /quantised by bitsandbytes \(4 bits\)/,
    ],
    ["FP8", { quantization_config: { quant_method: "fp8" } }, "weight_scale_inv", /quantised by fp8 /],
    ["MLX", { quantization: { bits: 4 }, quantization_config: { bits: 4 } }, "scales", /quantised by MLX \(4 bits\)/],
  ])("%s", async (_, fields, ending, says) => {
    const llm = packedLlm(fields, `model.layers.0.mlp.up_proj.${ending}`);
    const { stderr } = await runCommand(Eval, [
      ...GQA,
      ...partFlags({ ...PARTS, llm }),
      "--output",
      join(root, "packed"),
    ]);
    expect(stderr).toMatch(says);
    expect(stderr).toContain("which cannot be run here; use the folder that it was made from, or a GGUF file of it");
  });

  test("settings of such a software beside weights that it has not packed", async () => {
    const llm = packedLlm(
      { quantization_config: { quant_method: "bitsandbytes", load_in_8bit: true } },
      "other.weight",
    );
    const { stderr } = await runCommand(Eval, [
      ...GQA,
      ...partFlags({ ...PARTS, llm }),
      "--output",
      join(root, "packed"),
    ]);
    expect(stderr).toMatch(
      /config\.json: quantization_config names bitsandbytes \(8 bits\), which is not run here, .*; without that key they run as they are stored$/m,
    );
  });

  test("are targets of a transfer all the same, which reads their table alone", async () => {
    const llm = packedLlm(
      { quantization_config: { quant_method: "gptq", bits: 4 } },
      "model.layers.0.mlp.up_proj.qweight",
    );
    const { exitCode } = await runCommand(Transfer, [at("adapters", "llama2", "paper-0"), llm, "--dry-run"]);
    expect(exitCode).toBe(0);
  });
});

/** The small world's LLM with other fields in its config.json and one tensor more, in a shard of its own. */
function packedLlm(fields: object, tensor: string): string {
  const config = JSON.parse(readFileSync(join(PARTS.llm, "config.json"), "utf8")) as object;
  const llm = changedFolder(PARTS.llm, { "config.json": JSON.stringify({ ...config, ...fields }) });
  renameSync(join(llm, "model.safetensors"), join(llm, "model-00001-of-00002.safetensors"));
  const entry = { dtype: "U8", shape: [1], data_offsets: [0, 1] };
  writeFileSync(join(llm, "model-00002-of-00002.safetensors"), safetensorsBytes({ [tensor]: entry }, Uint8Array.of(1)));
  return llm;
}
