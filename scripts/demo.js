// `npm start`: moves a small adapter between two LLM folders whose tokenizers are of different kinds, and prints the plan
// and the report. The tokenizers are the trained ones of fixtures/small-world; the weights are random.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeJson, writeRandomSafetensors } from "../bench/lib/synthetic.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const world = join(root, "fixtures", "small-world");
const folder = mkdtempSync(join(tmpdir(), "langbridge-demo-"));
const ADAPTER_ROWS = 400;

function readVocabulary(name) {
  return JSON.parse(readFileSync(join(world, name, "tokenizer.json"), "utf8")).model.vocab;
}

async function makeLlm(name, hiddenSize) {
  const target = join(folder, name);
  mkdirSync(target);
  for (const file of ["tokenizer.json", "tokenizer_config.json"])
    copyFileSync(join(world, name, file), join(target, file));
  const vocabSize = Math.max(...Object.values(readVocabulary(name))) + 65;
  writeJson(target, "config.json", { model_type: name, vocab_size: vocabSize, hidden_size: hiddenSize });
  const table = { "model.embed_tokens.weight": { dtype: "BF16", shape: [vocabSize, hiddenSize] } };
  await writeRandomSafetensors(join(target, "model.safetensors"), table);
  return target;
}

async function makeAdapter(source) {
  const target = join(folder, "adapter");
  mkdirSync(target);
  const tokens = Object.entries(readVocabulary(source)).filter(([, id]) => id >= 256);
  writeJson(target, "mm_vocab.json", Object.fromEntries(tokens.slice(0, ADAPTER_ROWS)));
  const shapes = { 0: [96, 64], 2: [96, 96], 3: [Math.min(ADAPTER_ROWS, tokens.length), 96] };
  const tensors = Object.entries(shapes).flatMap(([layer, shape]) => [
    [`model.mm_projector.${layer}.weight`, { dtype: "F32", shape }],
    [`model.mm_projector.${layer}.bias`, { dtype: "F32", shape: [shape[0]] }],
  ]);
  await writeRandomSafetensors(join(target, "model.safetensors"), Object.fromEntries(tensors));
  return target;
}

function langbridge(...args) {
  console.log(`\n$ langbridge ${args.map((arg) => arg.replace(`${folder}/`, "")).join(" ")}\n`);
  execFileSync(process.execPath, [join(root, "bin", "run.js"), ...args], { stdio: "inherit" });
}

try {
  const adapter = await makeAdapter("qwen2");
  const target = await makeLlm("llama2", 48);
  langbridge("transfer", adapter, target, "--dry-run");
  langbridge("transfer", adapter, target, "--output", join(folder, "moved"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
