// Our side of bench/run.js: a loaded model and what is timed of it, in seconds.
import { join } from "node:path";
import { loadAdapter } from "../../dist/src/adapter/load.js";
import { loadModel } from "../../dist/src/runtime/load-model.js";
import { FEATURE_SIZE, IMAGE_SIZE, modelFolders, PATCHES, projectorOf } from "./models.js";
import { CACHE } from "./synthetic.js";

export const THREADS = 2;

/** Rounded weights and the folded adapter, kept between runs. */
export const RUN_CACHE = join(CACHE, "run");

/** Tokens around an image and of an answer, as in a benchmark that asks for one word. */
const [BEFORE, QUESTION, ANSWER] = [24, 24, 3];

const VOCABULARY = 151_936;
export const promptIds = (count) => Array.from({ length: count }, (_, i) => (37 * (i + 1)) % VOCABULARY);

/** Loads the parts that are named of the synthetic folders. */
export async function openModel({ llm, vision, adapter, dtype, fold = true }) {
  const folders = await modelFolders();
  return loadModel({
    llm: llm && folders.llm,
    vision: vision && folders.vision,
    adapter: adapter && projectorOf(await loadAdapter(folders.adapter)),
    adapterOptions: { fold },
    dtype,
    threads: THREADS,
    cacheFolder: RUN_CACHE,
  });
}

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Seconds of running a prompt of `count` tokens. */
export const prefill = ({ llm }, count) => timed(() => llm.start(llm.embed(promptIds(count))));

/** Greedy tokens after a prompt: the one that follows it and `steps` more. */
export async function greedy({ llm }, count, steps) {
  const { tokens } = await llm.generate({ embeddings: llm.embed(promptIds(count)), maxTokens: steps + 1 });
  return tokens;
}

/** Seconds per token of `steps` steps after a prompt of `count` tokens, from the first token on. */
export async function decode({ llm }, count, steps) {
  let first;
  const onToken = () => (first ??= performance.now());
  await llm.generate({ embeddings: llm.embed(promptIds(count)), maxTokens: steps + 1, onToken });
  return (performance.now() - first) / 1000 / steps;
}

const pixels = Float32Array.from({ length: 3 * IMAGE_SIZE ** 2 }, (_, i) => Math.sin(0.37 * i));
const features = Float32Array.from({ length: PATCHES * FEATURE_SIZE }, (_, i) => Math.cos(0.11 * i));

/** Seconds of looking at an image. */
export const look = ({ vision }) => timed(() => vision.features(pixels));

/** Seconds of carrying the features of an image over. */
export const project = ({ adapter }) => timed(() => adapter.project(features));

/** Seconds of the first question about an image, with everything it takes, and of a second one. */
export async function twoQuestions({ llm, vision, adapter }) {
  let prefix;
  const ask = (ids) => llm.generate({ prefix, embeddings: llm.embed(ids), maxTokens: ANSWER });
  const first = await timed(async () => {
    const { embeddings } = await adapter.project(await vision.features(pixels));
    const text = llm.embed(promptIds(BEFORE));
    const before = new Float32Array(text.length + embeddings.length);
    before.set(text);
    before.set(embeddings, text.length);
    prefix = await llm.start(before);
    await ask(promptIds(QUESTION));
  });
  return { first, second: await timed(() => ask(promptIds(QUESTION + 1).slice(1))) };
}
