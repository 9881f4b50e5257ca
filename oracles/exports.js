import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportAdapter, loadAnswerer, loadModel } from "../dist/src/index.js";
import { loadEncoder } from "../dist/src/tokenizer/encoder.js";
import { PythonSide } from "./python-side.js";

const WORLD = join(import.meta.dirname, "..", "fixtures", "small-world");
const FAMILIES = ["qwen2", "llama3", "llama2"];
const QUESTIONS = join(WORLD, "benchmarks", "gqa", "llava_gqa_testdev_balanced.jsonl");
/** A package with a prebuilt llama.cpp; CONTRIBUTING.md says how it is installed. */
const LLAMA_NODE = join(import.meta.dirname, "..", "test", "llama-node");
const MAX_TOKENS = 12;
const TEXTS = 200;
/** Of the largest logit. */
const TOLERANCE = 1e-4;

const COUNTED = [
  "folders",
  "answers",
  "unlike answers",
  "files",
  "logits",
  "unlike logits",
  "texts",
  "texts not in NFC",
  "unlike ids",
];

/**
 * Exports of the small world in other software: every answer of a folder of `--format hf` in transformers to the 693 questions of its GQA, by
 * from_pretrained and nothing else; the logits of an LLM of `--format gguf` in transformers; and its tokens of texts in llama.cpp.
 */
export async function compareExports({ seed, count, log }) {
  const tally = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  const root = mkdtempSync(join(tmpdir(), "langbridge-oracle-"));
  const python = new PythonSide("exports_side.py");
  for (const family of FAMILIES) {
    const report = (line) => log(`${family}: ${line}`);
    await compareFolder(family, { python, root, count, tally, report });
    await compareFile(family, { python, root, seed, tally, report });
  }
  python.end();
  rmSync(root, { recursive: true });
  return { tally, unlike: COUNTED.filter((key) => key.startsWith("unlike")).reduce((sum, key) => sum + tally[key], 0) };
}

async function exported(family, root, options) {
  const output = join(root, `${family}-${options.format}`);
  const adapter = join(WORLD, "adapters", family, "mlp2x_gelu");
  const parts = { adapter, llm: join(WORLD, family), vision: join(WORLD, "vision") };
  await exportAdapter({ ...parts, ...options, output, cacheFolder: join(root, "cache"), toolVersion: "oracle" });
  return output;
}

async function compareFolder(family, { python, root, count, tally, report }) {
  const folder = await exported(family, root, { format: "hf", dtype: "F32" });
  const questions = readFileSync(QUESTIONS, "utf8")
    .trim()
    .split("\n")
    .slice(0, count)
    .map((line) => JSON.parse(line));
  const asked = questions.map(({ image, text }) => ({ image: join(WORLD, "images", image), text }));
  const answer = await python.ask({ folder, questions: asked, tokens: MAX_TOKENS });
  if (answer?.answers === undefined)
    throw new Error(`${family}: transformers cannot load the folder: ${answer?.error}`);
  const loaded = await loadAnswerer({
    model: { model: folder, hubCache: root },
    dtype: "f32",
    cacheFolder: join(root, "cache"),
  });
  tally.folders++;
  for (const [index, { image, text }] of asked.entries()) {
    const context = await loaded.answerer.open(await loaded.answerer.decode(readFileSync(image), image));
    const { text: own } = await context.answer(text, { maxNewTokens: MAX_TOKENS });
    await context.dispose();
    tally.answers++;
    if (own.trim() === answer.answers[index].trim()) continue;
    tally["unlike answers"]++;
    report(
      `unlike answer to ${JSON.stringify(text)} of ${image}: ${own} here, ${answer.answers[index]} in transformers`,
    );
  }
  await loaded.dispose();
}

async function compareFile(family, { python, root, seed, tally, report }) {
  const folder = await exported(family, root, { format: "gguf", dtype: "F32" });
  const source = join(WORLD, family);
  const encoder = await loadEncoder(source);
  const prompts = ["What is in the picture?", "red circle blue square", "A large star is in the top left."].map(
    (text) => encoder.encode(text),
  );
  const question = {
    folder,
    file: "model-F32.gguf",
    source,
    prompts,
    seed,
    count: TEXTS,
  };
  const answer = await python.ask(question);
  if (answer?.logits === undefined) throw new Error(`${family}: transformers cannot load the file: ${answer?.error}`);
  tally.files++;
  const model = await loadModel({ llm: source, dtype: "f32", cacheFolder: join(root, "cache") });
  for (const [index, prompt] of prompts.entries()) {
    const own = await model.llm.logits({ embeddings: model.llm.embed(prompt) });
    const expected = answer.logits[index];
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, id) => Math.abs(value - own[id]))) / largest;
    tally.logits++;
    if (own.length === expected.length && difference <= TOLERANCE) continue;
    tally["unlike logits"]++;
    report(`logits of prompt ${index} differ by ${difference.toExponential(1)} of the largest`);
  }
  await model.dispose();
  const ids = tokensOfLlama(join(folder, "model-F32.gguf"), answer.texts, root);
  if (ids === undefined) return report("no tokens compared: test/llama-node is not installed");
  const { normalizer } = JSON.parse(readFileSync(join(source, "tokenizer.json"), "utf8"));
  answer.texts.forEach((text, index) => {
    // llama.cpp does not normalise, which the export says.
    if (normalizer?.type === "NFC" && text !== text.normalize("NFC")) return tally["texts not in NFC"]++;
    tally.texts++;
    const [own, other] = [answer.source[index], ids[index]];
    if (String(own) === String(other)) return;
    tally["unlike ids"]++;
    report(`unlike ids of ${JSON.stringify(text)}: ${other} in llama.cpp, ${own} by tokenizer.json`);
  });
}

/** The tokens that llama.cpp makes of texts; undefined where it is not installed. */
function tokensOfLlama(model, texts, root) {
  if (!existsSync(join(LLAMA_NODE, "node_modules"))) return undefined;
  const [job, answers] = [join(root, "job.json"), join(root, "tokens.json")];
  writeFileSync(job, JSON.stringify({ model, texts }));
  execFileSync(process.execPath, [join(LLAMA_NODE, "tokenize.js"), job, answers], { stdio: "ignore" });
  return JSON.parse(readFileSync(answers, "utf8"));
}
