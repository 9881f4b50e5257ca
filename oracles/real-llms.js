import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { openCheckpoint } from "../dist/src/checkpoint/checkpoint.js";
import { readTensor } from "../dist/src/files/read-tensor.js";
import { loadAnswerer, loadModel } from "../dist/src/index.js";
import { openModelFiles } from "../dist/src/model/llm/llm-folder.js";
import { decodeFloats } from "../dist/src/tensor/half.js";
import { loadEncoder } from "../dist/src/tokenizer/encoder.js";
import { PythonSide } from "./python-side.js";

const ROOT = join(import.meta.dirname, "..");
const WORLD = join(ROOT, "fixtures", "small-world");
const TEXTS = 200;
/** Of the largest logit. */
const TOLERANCE = 1e-4;
/** Two answers whose log-likelihoods are nearer are a tie, which rounding decides. */
const TIE = 1e-3;
const PICTURES = 3;
const PROMPTS = ["The capital of France is", "def add(a, b):\n    return", "Once upon a time, there was a small"];
const CHOICES = ["red", "green", "blue", "yellow", "white", "black", "dark blue"];
const QUESTIONS = [
  "What color is the object?",
  "The picture shows:<image>\nQuestion: What color is the star? Answer:",
  "Describe the picture.",
];

const COUNTED = [
  ...["models", "tensors", "unlike tensors", "texts", "unlike ids", "logits", "unlike logits"],
  ...["descriptions", "unlike descriptions", "transfers", "unlike transfers"],
  ...["answers", "ties", "unlike answers", "stored answers like float32's", "stored answers"],
];

/**
 * GGUF files of real LLMs against the package gguf, against their tokenizers, against transformers, and against the folders that
 * transformers converted them to. `models` (or REAL_LLMS) holds NAME.gguf and beside it the folder NAME, which python/convert_gguf.py makes.
 */
export async function compareRealLlms({ seed, models = process.env.REAL_LLMS, count, log }) {
  const tally = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  if (models === undefined) {
    log("passed over: --models DIR or REAL_LLMS names no folder of GGUF files");
    return { tally, unlike: 0 };
  }
  const root = mkdtempSync(join(tmpdir(), "langbridge-oracle-"));
  const all = readdirSync(models).filter((name) => name.endsWith(".gguf"));
  for (const name of all.slice(0, count)) {
    const llm = { gguf: join(models, name), folder: join(models, basename(name, ".gguf")) };
    if (!existsSync(llm.folder)) throw new Error(`${llm.folder}: is not there; make it with python/convert_gguf.py`);
    tally.models++;
    const report = (line) => log(`${name}: ${line}`);
    for (const part of [compareTensors, compareTexts, compareLogits, compareDescriptions, compareTransfers]) {
      const start = performance.now();
      await part(llm, { seed, tally, report, root });
      report(`${part.name} took ${((performance.now() - start) / 1000).toFixed(0)} s`);
    }
  }
  rmSync(root, { recursive: true });
  return { tally, unlike: COUNTED.filter((key) => key.startsWith("unlike")).reduce((sum, key) => sum + tally[key], 0) };
}

async function compareTensors({ gguf }, { tally, report }) {
  const expected = await askOnce("real_llms_side.py", { gguf });
  const { tensors } = await openCheckpoint(gguf);
  if (String([...tensors.keys()].sort()) !== String(Object.keys(expected).sort())) throw new Error("other tensors");
  for (const tensor of tensors.values()) {
    const floats = decodeFloats(await readTensor(tensor), tensor.dtype);
    tally.tensors++;
    if (sha256(Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength)) === expected[tensor.name]) continue;
    tally["unlike tensors"]++;
    report(`unlike tensor ${tensor.name}`);
  }
}

async function compareTexts({ gguf, folder }, { seed, tally, report }) {
  const question = { tokenizer: join(folder, "tokenizer.json"), seed, count: TEXTS };
  const { texts, ids } = await askOnce("tokenizers_side.py", question);
  const encoder = await loadEncoder(await openModelFiles(gguf));
  texts.forEach((text, index) => {
    tally.texts++;
    if (String(encoder.encode(text)) === String(ids[index])) return;
    tally["unlike ids"]++;
    report(`unlike ids of ${JSON.stringify(text)}: ${encoder.encode(text)} here, ${ids[index]} there`);
  });
}

async function compareLogits({ gguf, folder }, { tally, report, root }) {
  const encoder = await loadEncoder(await openModelFiles(gguf));
  const prompts = PROMPTS.map((text) => [...encoder.front, ...encoder.encode(text)]);
  const { logits } = await askOnce("real_llms_side.py", { logits: folder, prompts });
  for (const llm of [gguf, folder]) {
    const model = await loadModel({ llm, dtype: "f32", cacheFolder: join(root, "cache") });
    for (const [index, prompt] of prompts.entries()) {
      const theirs = new Float32Array(Uint8Array.from(readFileSync(logits[index])).buffer);
      const ours = await model.llm.logits({ embeddings: model.llm.embed(prompt) });
      const error = distance(ours, theirs);
      tally.logits++;
      report(`${basename(llm)}: logits of prompt ${index} differ by ${error.toExponential(1)} of the largest`);
      if (!(error < TOLERANCE)) tally["unlike logits"]++;
    }
    await model.dispose();
  }
}

function distance(ours, theirs) {
  if (ours.length !== theirs.length) return Infinity;
  let largest = 0;
  let difference = 0;
  theirs.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - ours[i]));
  });
  return difference / largest;
}

/** What `inspect` says of tokens; a file says how its weights are stored, which differs. */
async function compareDescriptions({ gguf, folder }, { tally, report }) {
  const [ours, theirs] = [await inspect(gguf), await inspect(folder)];
  tally.descriptions++;
  const differing = Object.keys({ ...ours, ...theirs }).filter(
    (key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]),
  );
  if (differing.length === 0) return;
  tally["unlike descriptions"]++;
  for (const key of differing)
    report(`inspect: ${key}: ${JSON.stringify(ours[key])} here, ${JSON.stringify(theirs[key])} there`);
}

async function inspect(llm) {
  return flatten(JSON.parse(await langbridge("inspect", llm, "--json")));
}

const STORED = /path|folder|file|name|sha256|bytes|dtype|quant|config/i;

/** Leaves of an object by their path, but for those that say how and where weights are stored. */
function flatten(value, path = "") {
  if (STORED.test(path)) return {};
  if (value === null || typeof value !== "object") return { [path]: value };
  return Object.assign({}, ...Object.entries(value).map(([key, each]) => flatten(each, `${path}.${key}`)));
}

/** The small world's adapter transferred to file and folder, and what both then answer. */
async function compareTransfers({ gguf, folder }, { tally, report, root }) {
  const source = ["--source", join(WORLD, "qwen2"), "--vision", join(WORLD, "vision")];
  const outputs = { gguf: join(root, basename(gguf)), folder: join(root, basename(folder)) };
  for (const [kind, target] of Object.entries({ gguf, folder })) {
    const adapter = join(WORLD, "adapters", "qwen2", "anchored");
    const dtype = ["--dtype", "f32", "--align", "none", "--missing", "subword"];
    await langbridge("transfer", adapter, target, ...source.slice(0, 2), ...dtype, "--output", outputs[kind]);
  }
  tally.transfers++;
  const unlike = await unlikeOutputs(outputs.gguf, outputs.folder);
  if (unlike !== undefined) {
    tally["unlike transfers"]++;
    report(`transfer: ${unlike}`);
  }
  const theirs = await answers({ llm: folder, adapter: outputs.folder, dtype: "f32", root });
  const ours = await answers({ llm: gguf, adapter: outputs.gguf, dtype: "f32", root, others: theirs });
  const stored = await answers({ llm: gguf, adapter: outputs.gguf, root });
  for (const [index, theirAnswer] of theirs.entries()) {
    tally.answers++;
    tally["stored answers"]++;
    if (stored[index].text === theirAnswer.text) tally["stored answers like float32's"]++;
    const kind = likeness(ours[index], theirAnswer);
    if (kind !== "equal") report(`${kind}: ${JSON.stringify(ours[index])} here, ${JSON.stringify(theirAnswer)} there`);
    if (kind !== "equal") tally[kind]++;
  }
}

function likeness(ours, theirs) {
  const apart = ours.choices.flat().some((value, i) => Math.abs(value - theirs.choices.flat()[i]) > TIE);
  if (apart) return "unlike answers";
  if (ours.text === theirs.text) return "equal";
  return ours.lead < TIE ? "ties" : "unlike answers";
}

async function unlikeOutputs(ours, theirs) {
  const [a, b] = [await openCheckpoint(ours), await openCheckpoint(theirs)];
  for (const [name, tensor] of a.tensors) {
    const other = b.tensors.get(name);
    if (other === undefined || sha256(await readTensor(tensor)) !== sha256(await readTensor(other)))
      return `unlike ${name}`;
  }
  for (const file of ["vocabulary.json"]) {
    if (readFileSync(join(ours, file), "utf8") !== readFileSync(join(theirs, file), "utf8")) return `unlike ${file}`;
  }
  return a.tensors.size === b.tensors.size ? undefined : "another number of tensors";
}

/** `lead`: by how much the token at which an answer parts from the other one is likelier than the other's. */
async function answers({ llm, adapter, dtype, root, others }) {
  const model = { adapter, llm, vision: join(WORLD, "vision") };
  const cacheFolder = join(root, "cache");
  const { answerer, dispose } = await loadAnswerer({ model, dtype, conversation: "none", cacheFolder });
  const given = [];
  const images = readdirSync(join(WORLD, "images")).sort().slice(0, PICTURES);
  for (const name of images) {
    const image = await answerer.open(await answerer.decode(readFileSync(join(WORLD, "images", name)), name));
    for (const question of QUESTIONS) {
      const { text, choiceLogprobs } = await image.answer(question, { maxNewTokens: 12, choices: CHOICES });
      const other = others?.[given.length].text ?? text;
      given.push({
        text,
        choices: choiceLogprobs,
        lead: other === text ? 0 : await leadOver(image, question, [text, other]),
      });
    }
    await image.dispose();
  }
  await dispose();
  return given;
}

async function leadOver(image, question, texts) {
  if (texts.includes("")) return Infinity;
  const { choiceLogprobs } = await image.answer(question, { maxNewTokens: 0, choices: texts });
  const [ours, theirs] = choiceLogprobs;
  const at = ours.findIndex((value, index) => value !== theirs[index]);
  return Math.abs(ours[at] - (theirs[at] ?? Infinity));
}

async function askOnce(script, question) {
  const python = new PythonSide(script);
  const answer = await python.ask(question);
  python.end();
  if (answer === null) throw new Error(`${script} ended: ${python.said}`);
  return answer;
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function langbridge(...args) {
  const child = spawn(process.execPath, [join(ROOT, "bin", "run.js"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, said] = ["", ""];
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (said += text));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`langbridge ${args.join(" ")}: ended with ${code}: ${said}`);
  return out;
}
