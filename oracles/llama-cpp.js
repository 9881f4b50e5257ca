import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distilTransfer, exportAdapter, planTransfer, preprocessFile } from "../dist/src/index.js";
import { tokenizeChoices } from "../dist/src/prompt/tokenize-choices.js";
import { tokenizePrompt } from "../dist/src/prompt/tokenize.js";
import { relativeDifference } from "../dist/src/tensor/float-arrays.js";
import { openChatModel } from "../dist/src/vlm/open-chat-model.js";
import { PythonSide } from "./python-side.js";

const ROOT = join(import.meta.dirname, "..");
const SMALL_WORLD = join(ROOT, "fixtures", "small-world");
const REAL_WORLD = join(ROOT, "fixtures", "real-world");
const FAMILIES = ["qwen2", "llama3", "llama2"];
const MAX_TOKENS = 12;
/** Pictures whose vectors are compared, and prompts whose tokens are. */
const COMPARED = 20;
/** Of the largest value of a picture's vectors, by the type of the file's matrices. */
const TOLERANCE = { F32: 6e-4, F16: 1e-3 };
/** Points between the shares of right answers. */
const POINTS = 2;

const COUNTED = [
  ...["files", "vectors", "unlike vectors", "prompts", "unlike prompts"],
  ...["answers", "answers alike", "unlike scores"],
];

/**
 * Exports of `--format gguf` in llama.cpp, by llama-cpp-python: vectors of pictures, tokens of prompts and answers to questions, for the LLMs of
 * the small world, and with `models` (or REAL_LLMS, a folder with smollm2.gguf and qwen05.gguf) for the adapter of the real world, moved
 * to Qwen2.5 by distillation. A llama.cpp that puts CLIP's class token last differs in all vectors. `count` is how many questions are asked.
 */
export async function compareLlamaCpp({ models = process.env.REAL_LLMS, count = Infinity, log }) {
  const tally = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  const root = mkdtempSync(join(tmpdir(), "langbridge-oracle-"));
  const python = new PythonSide("llama_cpp_side.py");
  const context = { python, root, count, tally, log };
  for (const family of FAMILIES) {
    for (const dtype of ["F32", "F16"]) await compareSmallWorld(family, dtype, context);
  }
  if (models === undefined) log("real LLMs passed over: --models DIR or REAL_LLMS names no folder of GGUF files");
  else await compareRealWorld(models, context);
  python.end();
  rmSync(root, { recursive: true });
  return { tally, unlike: COUNTED.filter((key) => key.startsWith("unlike")).reduce((sum, key) => sum + tally[key], 0) };
}

async function compareSmallWorld(family, dtype, context) {
  const output = join(context.root, `${family}-${dtype}`);
  const parts = {
    adapter: join(SMALL_WORLD, "adapters", family, "mlp2x_gelu"),
    llm: join(SMALL_WORLD, family),
    vision: join(SMALL_WORLD, "vision"),
  };
  await exportAdapter({ ...parts, ...common(context), format: "gguf", dtype, output });
  const folder = join(SMALL_WORLD, "benchmarks", "gqa");
  const answers = JSON.parse(readFileSync(join(folder, "testdev_balanced_questions.json"), "utf8"));
  const questions = readLines(join(folder, "llava_gqa_testdev_balanced.jsonl")).map(({ question_id, image, text }) => ({
    image: join(SMALL_WORLD, "images", image),
    text,
    right: answers[question_id].answer,
  }));
  const files = { model: join(output, `model-${dtype}.gguf`), mmproj: join(output, `mmproj-${dtype}.gguf`) };
  // Float32 is for the vectors.
  const asked = dtype === "F32" ? questions.slice(0, COMPARED) : questions;
  await compareModel(`${family} ${dtype}`, { parts, questions: asked, files, dtype, precision: "f32" }, context);
}

async function compareRealWorld(models, context) {
  const [source, target] = ["smollm2.gguf", "qwen05.gguf"].map((name) => join(models, name));
  const [vision, images] = [join(REAL_WORLD, "vision"), join(REAL_WORLD, "images")];
  const plan = await planTransfer({
    ...{
      adapter: join(REAL_WORLD, "adapters", "smollm2", "langbridge-0"),
      source,
      target,
      distilled: true,
      align: "sparse",
    },
    examples: { vision, images: join(images, "val") },
  });
  const adapter = join(context.root, "distilled");
  await distilTransfer(plan, { ...common(context), output: adapter });
  const output = join(context.root, "real");
  const parts = { adapter, llm: target, vision };
  await exportAdapter({ ...parts, ...common(context), format: "gguf", dtype: "F16", output });
  const questions = readLines(join(REAL_WORLD, "questions", "test.jsonl")).map(
    ({ image, prompt, answers, choices }) => ({
      ...{ image: join(images, "test", image), text: prompt, right: answers[0], choices },
    }),
  );
  const files = { model: target, mmproj: join(output, "mmproj-F16.gguf") };
  await compareModel("real world", { parts, questions, files, dtype: "F16", conversation: "none" }, context);
}

const common = ({ root }) => ({ cacheFolder: join(root, "cache"), toolVersion: "oracle" });

const readLines = (path) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

async function compareModel(
  name,
  { parts, questions, files, dtype, precision, conversation },
  { python, root, count, tally, log },
) {
  const report = (line) => log(`${name}: ${line}`);
  const asked = questions.slice(0, count);
  const { own, ...job } = await answerHere(asked, { parts, precision, conversation, root });
  const theirs = await python.ask({ ...job, ...files, vectors: COMPARED, tokens: MAX_TOKENS });
  if (theirs?.answers === undefined) throw new Error(`${name}: ${theirs?.error ?? "llama.cpp crashed"}`);
  tally.files++;
  let furthest = 0;
  for (const [index, vectors] of theirs.vectors.entries()) {
    const difference = relativeDifference(Float32Array.from(vectors), own.vectors[index]);
    furthest = Math.max(furthest, difference);
    tally.vectors++;
    if (!(difference <= TOLERANCE[dtype])) tally["unlike vectors"]++;
    tally.prompts++;
    if (String(theirs.prompts[index]) === String(own.prompts[index])) continue;
    tally["unlike prompts"]++;
    report(
      `unlike tokens of ${JSON.stringify(job.questions[index].prompt)}: ${theirs.prompts[index]} in llama.cpp, ${own.prompts[index]} here`,
    );
  }
  report(`largest difference of vectors ${furthest.toExponential(1)}`);
  compareScores(asked, own.answers, theirs.answers, { tally, report });
}

function compareScores(asked, own, theirs, { tally, report }) {
  const clean = (answer) => String(answer).trim().toLowerCase();
  const given = theirs.map((answer, index) => clean(asked[index].choices?.[answer] ?? answer));
  const right = (answers) => {
    const hits = answers.filter((answer, index) => clean(answer) === clean(asked[index].right));
    return (100 * hits.length) / asked.length;
  };
  const alike = given.filter((answer, index) => answer === clean(own[index])).length;
  tally.answers += asked.length;
  tally["answers alike"] += alike;
  const [here, there] = [right(own), right(given)];
  if (Math.abs(here - there) > POINTS) tally["unlike scores"]++;
  report(
    `${asked.length} questions, ${alike} answers alike, right ${here.toFixed(1)} % here and ${there.toFixed(1)} % in llama.cpp`,
  );
}

/** Answers of the runtime here, the vectors and tokens of the first questions, and the questions as llama.cpp is given them. */
async function answerHere(asked, { parts, precision, conversation, root }) {
  const model = await openChatModel({ model: parts, dtype: precision, conversation, cacheFolder: join(root, "cache") });
  const { chat } = model;
  const { encoder, imageProcessor, imageAspectRatio } = chat.parts;
  const bos = encoder.front.map((id) => encoder.vocabulary.strings[id]).join("");
  const own = { vectors: [], prompts: [], answers: [] };
  const questions = [];
  const seen = new Map();
  for (const { image, text, choices } of asked) {
    if (!seen.has(image)) {
      seen.clear(); // Questions about a picture follow one another.
      seen.set(image, await chat.see(await preprocessFile(image, imageProcessor, { imageAspectRatio })));
    }
    const vectors = seen.get(image);
    const messages = [{ role: "user", text, images: [vectors], placesImages: text.includes("<image>") }];
    const prompt = chat.write(messages);
    // llama.cpp puts BOS in front, as the file says.
    const written = bos !== "" && prompt.text.startsWith(bos) ? prompt.text.slice(bos.length) : prompt.text;
    if (own.vectors.length < COMPARED) {
      own.vectors.push(vectors.vectors);
      const patches = vectors.vectors.length / model.info.hiddenSize;
      const imageIds = new Array(patches).fill(-1);
      own.prompts.push(tokenizePrompt(encoder, prompt).flatMap((part) => (part === "image" ? imageIds : part)));
    }
    if (choices === undefined) {
      own.answers.push((await chat.reply(messages, { maxNewTokens: MAX_TOKENS })).text);
      questions.push({ image, prompt: written });
    } else {
      const { continuations } = tokenizeChoices(encoder, prompt, choices);
      const [first] = continuations.filter(({ length }) => length !== 1);
      if (first !== undefined) throw new Error(`${image}: a choice has ${first.length} tokens, one is compared`);
      const logprobs = (await chat.logprobs(messages, choices)).map(([one]) => one);
      own.answers.push(choices[logprobs.indexOf(Math.max(...logprobs))]);
      questions.push({ image, prompt: written, choices: continuations.map(([id]) => id) });
    }
  }
  await model.dispose();
  return { own, questions };
}
