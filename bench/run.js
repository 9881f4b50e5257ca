// Running models: CLIP ViT-L/14-336, a LangBridge adapter of 5,120 hidden units and 19,200 rows, Qwen2-0.5B, random weights,
// 2 threads, float32 but where a name says 8 or 4 bit. Ratios compare with transformers in float32, where Python is there: with a
// plain call, which works out the logits of every position, and as `prefillLast` with a call for the last position's alone.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureCommand, median } from "./lib/measure.js";
import { HIDDEN_SIZE, modelFolders, weightsInUse } from "./lib/models.js";
import { findPython, startPython } from "./lib/python.js";
import { openModel, project, speak, THREADS, twoQuestions } from "./lib/run-model.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROUNDS = 5;
const [PROMPT, STEPS] = [600, 16];

/** Our figure and transformers' that a ratio divides; 8 and 4 bits are compared with float32 too. */
const RATIOS = {
  prefill: ["prefill", "prefill"],
  prefillLast: ["prefill", "prefillLast"],
  decode: ["decode", "decode"],
  vision: ["vision", "vision"],
  prefillQ8: ["prefillQ8", "prefill"],
  decodeQ8: ["decodeQ8", "decode"],
  prefillQ4: ["prefillQ4", "prefill"],
  decodeQ4: ["decodeQ4", "decode"],
};

async function openModels() {
  const whole = { llm: true, vision: true, adapter: true };
  return {
    f32: await openModel({ ...whole, dtype: "f32" }),
    unfolded: await openModel({ adapter: true, dtype: "f32", fold: false }),
    // As wide as the LLM, which is transfer's default, and the whole vocabulary.
    sparse: await openModel({ adapter: true, dtype: "f32", sparse: { k: 4, words: HIDDEN_SIZE } }),
    sparseAll: await openModel({ adapter: true, dtype: "f32", sparse: { k: 4 } }),
    q8: await openModel({ llm: true, dtype: "q8" }),
    q4: await openModel({ llm: true, dtype: "q4" }),
  };
}

async function openTransformers() {
  const python = findPython("torch", "transformers");
  if (python === undefined) return undefined;
  const { llm, vision } = await modelFolders();
  return startPython(python, [join(HERE, "lib", "transformers_side.py"), llm, vision, String(THREADS)]);
}

/** One round: everything once, the two sides in turn. */
async function runRound({ f32, unfolded, sparse, sparseAll, q8, q4 }, transformers, prompt = PROMPT, steps = STEPS) {
  const spoken = await speak(f32, prompt, steps);
  const theirs = await transformers?.ask(`speak ${prompt} ${steps}`);
  if (theirs) requireSame(spoken.tokens, theirs.tokens);
  const questions = await twoQuestions(f32);
  const others = transformers && { ...(await transformers.ask(`last ${prompt}`)), ...(await transformers.ask("look")) };
  const [eight, four] = [await speak(q8, prompt, steps), await speak(q4, prompt, steps)];
  return {
    ours: {
      prefill: spoken.prefill,
      decode: spoken.decode,
      prefillQ8: eight.prefill,
      decodeQ8: eight.decode,
      prefillQ4: four.prefill,
      decodeQ4: four.decode,
      unfolded: await project(unfolded),
      sparse: await project(sparse),
      sparseAll: await project(sparseAll),
      ...questions,
    },
    theirs: theirs && { prefill: theirs.prefill, decode: theirs.decode, ...others },
  };
}

/** Both sides must have computed the same, or the times mean nothing. */
function requireSame(ours, theirs) {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  throw new Error(`greedy tokens differ: ours ${ours}, transformers' ${theirs}`);
}

/** Loading in float32, and the peak memory of a process that loads and answers. */
async function measureLoad() {
  const { output, peakMB } = await measureCommand(process.execPath, [join(HERE, "lib", "load-child.js")]);
  return { seconds: JSON.parse(output).seconds, peakMB };
}

export default async function run() {
  const models = await openModels();
  const transformers = await openTransformers();
  await runRound(models, transformers, 64, 2); // Warms both sides up.
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await runRound(models, transformers));
  transformers?.stop();
  await Promise.all(Object.values(models).map((model) => model.dispose()));
  return summarize(rounds, await measureLoad());
}

const mediansOf = (figures) =>
  Object.fromEntries(Object.keys(figures[0]).map((name) => [name, median(figures.map((figure) => figure[name]))]));

function summarize(rounds, load) {
  const ours = mediansOf(rounds.map((round) => round.ours));
  const theirs = rounds[0].theirs && mediansOf(rounds.map((round) => round.theirs));
  const ratios = {
    ...(theirs &&
      Object.fromEntries(Object.entries(RATIOS).map(([name, [our, their]]) => [name, theirs[their] / ours[our]]))),
    folded: ours.unfolded / ours.folded,
    sparse: ours.sparse / ours.folded,
    secondQuestion: ours.first / ours.second,
    memory: (load.peakMB * 2 ** 20) / weightsInUse(),
  };
  const ms = (seconds) => `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
  return {
    rows: [
      ...Object.entries(ours).map(([name, seconds]) => [name, ms(seconds)]),
      ...Object.entries(theirs ?? {}).map(([name, seconds]) => [`transformers ${name}`, ms(seconds)]),
      ...Object.entries(ratios).map(([name, ratio]) => [`ratio ${name}`, ratio.toFixed(2)]),
      ["load", `${load.seconds.toFixed(2)} s`],
      ["peak memory", `${load.peakMB.toFixed(0)} MB`],
    ],
    ratios,
    seconds: { ...ours, load: load.seconds, transformers: theirs },
    peakMemoryMB: load.peakMB,
  };
}
