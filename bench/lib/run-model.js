// Our side of bench/run.js: a loaded model and what is timed of it, in seconds.
import { join } from "node:path";
import { loadAdapter } from "../../dist/src/adapter/load.js";
import { loadModel } from "../../dist/src/runtime/parts/load-model.js";
import { projectorWeights } from "../../dist/src/runtime/parts/projector-weights.js";
import { concatRows } from "../../dist/src/tensor/float-arrays.js";
import { FEATURE_SIZE, IMAGE_SIZE, modelFolders, PATCHES } from "./models.js";
import { CACHE } from "./synthetic.js";

export const THREADS = 2;

/** Rounded weights and the folded adapter, kept between runs. */
export const RUN_CACHE = join(CACHE, "run");

/** Tokens around an image and of an answer, as in a benchmark that asks for one word. */
const [BEFORE, QUESTION, ANSWER] = [24, 24, 3];

const VOCABULARY = 151_936;
export const promptIds = (count) => Array.from({ length: count }, (_, i) => (37 * (i + 1)) % VOCABULARY);

/** Loads the parts that are named of the synthetic folders; with `sparse` the adapter decodes its patches with these settings. */
export async function openModel({ llm, vision, adapter, dtype, fold = true, sparse }) {
  const folders = await modelFolders();
  const weights = adapter && projectorWeights(await loadAdapter(folders.adapter));
  return loadModel({
    llm: llm && folders.llm,
    vision: vision && folders.vision,
    adapter: sparse === undefined ? weights : { ...weights, decoding: decodingWith(sparse, weights) },
    adapterOptions: { fold },
    dtype,
    threads: THREADS,
    cacheFolder: RUN_CACHE,
  });
}

/** Takes the adapter's own matrix for the target's, which has the same size. */
const decodingWith = (settings, { vocabMatrix }) => ({
  spec: { method: "sparse", settings },
  tables: { decodeMatrix: vocabMatrix, vocabMatrix },
});

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Runs a prompt and `steps` steps after it: `{ prefill, decode, tokens }`, seconds, seconds per step, all tokens. */
export async function speak({ llm }, count, steps) {
  const embeddings = llm.embed(promptIds(count));
  const start = performance.now();
  let first;
  const onToken = () => (first ??= performance.now());
  const { tokens } = await llm.generate({ embeddings, maxTokens: steps + 1, onToken });
  return { prefill: (first - start) / 1000, decode: (performance.now() - first) / 1000 / steps, tokens };
}

const pixels = Float32Array.from({ length: 3 * IMAGE_SIZE ** 2 }, (_, i) => Math.sin(0.37 * i));
const features = Float32Array.from({ length: PATCHES * FEATURE_SIZE }, (_, i) => Math.cos(0.11 * i));

/** Seconds of carrying the features of an image over. */
export const project = ({ adapter }) => timed(() => adapter.project(features));

/** Seconds of a first question about an image, with everything it takes, of its parts, and of a second question. */
export async function twoQuestions({ llm, vision, adapter }) {
  let [seen, image, prefix] = [];
  const ask = (ids) => llm.generate({ prefix, embeddings: llm.embed(ids), maxTokens: ANSWER });
  const look = await timed(async () => (seen = await vision.features(pixels)));
  const folded = await timed(async () => (image = (await adapter.project(seen)).embeddings));
  const answer = await timed(async () => {
    prefix = await llm.start(concatRows(llm.embed(promptIds(BEFORE)), image));
    await ask(promptIds(QUESTION));
  });
  const second = await timed(() => ask(promptIds(QUESTION + 1).slice(1)));
  return { vision: look, folded, first: look + folded + answer, second };
}
