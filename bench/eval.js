// langbridge eval with the questions per image of POPE (18) and GQA (31.6) on CLIP ViT-L/14-336, a LangBridge adapter of 19,200
// rows and Qwen2-0.5B, random weights, float32, 2 threads. Ratios compare with every question from its first token on: ours
// without reuse, and transformers', where Python is there. And what scoring without a model costs.
import { existsSync, mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { custom } from "../dist/src/benchmark/tasks/custom.js";
import { loadAnswerer } from "../dist/src/vlm/load-answerer.js";
import { runBenchmark } from "../dist/src/benchmark/run/run.js";
import { tokenizePrompt } from "../dist/src/prompt/tokenize.js";
import { loadEncoder } from "../dist/src/tokenizer/encoder.js";
import { measureCommand, median } from "./lib/measure.js";
import { IMAGE_SIZE, modelFolders, PATCHES } from "./lib/models.js";
import { findPython, startPython } from "./lib/python.js";
import { RUN_CACHE, THREADS } from "./lib/run-model.js";
import { writeJson } from "./lib/synthetic.js";
import { syntheticTokenizer } from "./lib/tokenizer.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const IMAGES = join(HERE, "..", "fixtures", "small-world", "images");

/** Tokens of Qwen2. */
const VOCABULARY = 151_936;

/** Questions on each image: POPE asks 18, GQA 31.6 on average. */
const DISTRIBUTIONS = { pope: [18], gqa: [32, 31] };

/** Questions asked where each costs the same, and tokens of an answer of one word. */
const [ALONE, ANSWER_TOKENS] = [4, 3];

const numbers = (count) => Array.from({ length: count }, (_, index) => index);
const jsonLines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

function writeFiles(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** The synthetic folders with what a run needs besides weights. */
async function openFolders() {
  const folders = await modelFolders();
  const tokenizer = join(folders.llm, "tokenizer.json");
  if (!existsSync(tokenizer)) writeJson(folders.llm, "tokenizer.json", syntheticTokenizer(VOCABULARY));
  writeJson(folders.vision, "preprocessor_config.json", {
    size: { shortest_edge: IMAGE_SIZE },
    crop_size: { height: IMAGE_SIZE, width: IMAGE_SIZE },
  });
  return folders;
}

/** A data set of the custom benchmark; the images are those of the small world. */
function questionsOn(folder, perImage) {
  const rows = perImage.flatMap((count, image) =>
    numbers(count).map((id) => ({
      id: `${image}-${id}`,
      image: `scene_${String(image).padStart(4, "0")}.png`,
      question: `Is there a thing like number ${id} in the image?`,
      answers: ["yes"],
    })),
  );
  return writeFiles(folder, { "questions.jsonl": jsonLines(rows) });
}

/** Seconds per question, loading left out. */
async function ask(answerer, folder, { limit = null, reusePrefix }) {
  const { results } = await runBenchmark({
    benchmark: { ...custom, maxNewTokens: ANSWER_TOKENS },
    dataset: await custom.load(folder),
    dataFolder: folder,
    imageFolder: IMAGES,
    answerer,
    output: join(folder, `reuse-${reusePrefix}-${limit}`),
    selection: { limit, seed: null },
    shard: null,
    blind: false,
    restart: false,
    skipMissing: false,
    reusePrefix,
    tool: "bench",
  });
  return 1 / results.run.questionsPerSecond;
}

/** Tokens of a prompt before and after its image. */
async function promptLengths(answerer, llm) {
  const text = answerer.promptOf("Is there a thing like number 7 in the image?", { image: true });
  const segments = tokenizePrompt(await loadEncoder(llm), { text, front: "once", stop: [] });
  return segments.filter((segment) => segment !== "image").map(({ length }) => length);
}

/** Seconds that transformers takes for a question about an image, everything from its first token on. */
async function askTransformers({ llm, vision, adapter }, [before, after]) {
  const python = findPython("torch", "transformers", "safetensors");
  if (python === undefined) return undefined;
  const script = join(HERE, "lib", "transformers_answer.py");
  const side = await startPython(python, [script, llm, vision, adapter, String(THREADS)]);
  await side.ask("1 1 1");
  const seconds = [];
  for (let round = 0; round < ALONE; round += 1) {
    seconds.push((await side.ask(`${before} ${after} ${ANSWER_TOKENS}`)).seconds);
  }
  side.stop();
  return median(seconds);
}

/** CPU seconds of scoring 9,000 answers to POPE, reading included, in a process of its own. */
async function scorePope(folder) {
  const SPLITS = ["adversarial", "random", "popular"];
  const text = (id) => `Is there a thing ${id} in the image?`;
  const rows = numbers(9_000).map((id) => ({
    question_id: id,
    image: `${Math.floor(id / 6)}.jpg`,
    text: `${text(id)}\nAnswer the question using a single word or phrase.`,
    category: SPLITS[Math.floor(id / 3_000)],
  }));
  const labels = rows.map(({ question_id: id, image }) => ({ image, text: text(id), label: id % 2 ? "yes" : "no" }));
  writeFiles(folder, {
    "llava_pope_test.jsonl": jsonLines(rows),
    ...Object.fromEntries(
      SPLITS.map((split, index) => [
        `coco/coco_pope_${split}.json`,
        jsonLines(labels.slice(3_000 * index, 3_000 * (index + 1))),
      ]),
    ),
    "answers.jsonl": jsonLines(rows.map(({ question_id, text: prompt }) => ({ question_id, prompt, text: "Yes" }))),
  });
  const args = ["--expose-gc", join(HERE, "lib", "score-cost.js"), "pope", folder, join(folder, "answers.jsonl")];
  return JSON.parse((await measureCommand(process.execPath, args)).output);
}

/** Heap that 100,000 questions and their answers leave, in MB. */
async function scoreMany(folder) {
  const rows = numbers(100_000).map((id) => ({
    id,
    image: `${id >> 4}.jpg`,
    question: `Is it ${id}?`,
    answers: ["no"],
  }));
  writeFiles(folder, {
    "questions.jsonl": jsonLines(rows),
    "answers.jsonl": jsonLines(rows.map(({ id }) => ({ question_id: id, text: "Yes, and at some length." }))),
  });
  const args = [
    "--expose-gc",
    join(HERE, "lib", "score-cost.js"),
    "custom",
    join(folder, "questions.jsonl"),
    join(folder, "answers.jsonl"),
  ];
  return JSON.parse((await measureCommand(process.execPath, args)).output);
}

/** Seconds per question of both distributions, of questions asked alone, and the length of a prompt. */
async function measureRuns(work) {
  const folders = await openFolders();
  const loaded = await loadAnswerer({
    model: folders,
    conversation: "qwen_2",
    threads: THREADS,
    cacheFolder: RUN_CACHE,
  });
  const { answerer } = loaded;
  try {
    await ask(answerer, questionsOn(join(work, "warm"), [1]), { reusePrefix: true });
    const seconds = {};
    for (const [name, perImage] of Object.entries(DISTRIBUTIONS)) {
      seconds[name] = await ask(answerer, questionsOn(join(work, name), perImage), { reusePrefix: true });
    }
    seconds.alone = await ask(answerer, join(work, "pope"), { reusePrefix: false, limit: ALONE });
    return { seconds, lengths: await promptLengths(answerer, folders.llm), folders };
  } finally {
    await loaded.dispose();
  }
}

export default async function run() {
  const work = mkdtempSync(join(tmpdir(), "langbridge-bench-"));
  try {
    const { seconds, lengths, folders } = await measureRuns(work);
    const transformers = await askTransformers(folders, lengths);
    return summarize({
      seconds,
      lengths,
      transformers,
      pope: await scorePope(join(work, "score")),
      many: await scoreMany(join(work, "many")),
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function summarize({ seconds, lengths, transformers, pope, many }) {
  const ratios = {
    noReuse: seconds.alone / seconds.pope,
    noReuseGqa: seconds.alone / seconds.gqa,
    ...(transformers && { transformers: transformers / seconds.pope, transformersGqa: transformers / seconds.gqa }),
  };
  const speed = (value) => `${(1 / value).toFixed(2)} questions/s`;
  const against = (suffix) =>
    `, ${ratios[`noReuse${suffix}`].toFixed(1)} x without reuse` +
    (transformers ? `, ${ratios[`transformers${suffix}`].toFixed(1)} x transformers` : "");
  return {
    rows: [
      ["POPE, 18 questions an image", speed(seconds.pope) + against("")],
      ["GQA, 31.5 questions an image", speed(seconds.gqa) + against("Gqa")],
      ["every question alone", speed(seconds.alone)],
      ["transformers, every question alone", transformers ? speed(transformers) : "no PyTorch"],
      ["prompt", `${lengths.join(" + ")} tokens around the ${PATCHES} of the image, answers of ${ANSWER_TOKENS}`],
      ["scoring 9,000 answers to POPE", `${pope.cpuSeconds.toFixed(2)} s of CPU`],
      [
        "100,000 questions, then answers, in memory",
        `${many.heapOfQuestions.toFixed(0)} MB, ${many.heapOfAnswers.toFixed(0)} MB more`,
      ],
    ],
    ratios,
    seconds: { ...seconds, transformers, scoring: pope.cpuSeconds },
    memoryMB: { questions: many.heapOfQuestions, answers: many.heapOfAnswers },
  };
}
