// Running models: CLIP ViT-L/14-336, a LangBridge adapter of 5,120 hidden units and 19,200 rows, Qwen2-0.5B, random weights,
// 2 threads, float32 but where a name says 8 or 4 bit. Ratios compare with transformers in float32, where Python is there.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureCommand, median } from "./lib/measure.js";
import { modelFolders, weightsInUse } from "./lib/models.js";
import { findPython, startPython } from "./lib/python.js";
import { decode, greedy, look, openModel, prefill, project, THREADS, twoQuestions } from "./lib/run-model.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROUNDS = 5;
const [PROMPT, STEPS] = [600, 16];

/** What is timed on our side, by name, with the model it is timed on. */
const OURS = {
  prefill: ["f32", (model) => prefill(model, PROMPT)],
  decode: ["f32", (model) => decode(model, PROMPT, STEPS)],
  vision: ["f32", look],
  folded: ["f32", project],
  unfolded: ["unfolded", project],
  prefillQ8: ["q8", (model) => prefill(model, PROMPT)],
  decodeQ8: ["q8", (model) => decode(model, PROMPT, STEPS)],
  prefillQ4: ["q4", (model) => prefill(model, PROMPT)],
  decodeQ4: ["q4", (model) => decode(model, PROMPT, STEPS)],
};

/** The same on PyTorch's side: commands of transformers_side.py. */
const THEIRS = { prefill: `prefill ${PROMPT}`, decode: `decode ${PROMPT} ${STEPS}`, vision: "vision" };

/** Our figure and PyTorch's that a ratio divides; 8 and 4 bits are compared with PyTorch's float32 too. */
const RATIOS = {
  prefill: "prefill",
  decode: "decode",
  vision: "vision",
  prefillQ8: "prefill",
  decodeQ8: "decode",
  prefillQ4: "prefill",
  decodeQ4: "decode",
};

async function openModels() {
  const whole = { llm: true, vision: true, adapter: true };
  return {
    f32: await openModel({ ...whole, dtype: "f32" }),
    unfolded: await openModel({ adapter: true, dtype: "f32", fold: false }),
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

/** Both sides must have computed the same, or the times mean nothing. */
async function requireSameTokens(model, transformers) {
  const [ours, theirs] = [await greedy(model, PROMPT, STEPS), await transformers.ask(`greedy ${PROMPT} ${STEPS}`)];
  if (JSON.stringify(ours) === JSON.stringify(theirs.tokens)) return;
  throw new Error(`greedy tokens differ: ours ${ours}, transformers' ${theirs.tokens}`);
}

/** One round: everything once, the two sides in turn. */
async function runRound(models, transformers) {
  const times = { ours: {}, theirs: {} };
  for (const [name, [model, measure]] of Object.entries(OURS)) {
    times.ours[name] = await measure(models[model]);
    if (transformers && name in THEIRS) times.theirs[name] = (await transformers.ask(THEIRS[name])).seconds;
  }
  times.questions = await twoQuestions(models.f32);
  return times;
}

/** Loading, and the peak memory of a process that loads and answers. */
async function measureLoad(dtype) {
  const { output, peakMB } = await measureCommand(process.execPath, [join(HERE, "lib", "load-child.js"), dtype]);
  return { seconds: JSON.parse(output).seconds, peakMB };
}

export default async function run() {
  const models = await openModels();
  const transformers = await openTransformers();
  if (transformers) await requireSameTokens(models.f32, transformers);
  await runRound(models, transformers); // Warms both sides up.
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await runRound(models, transformers));
  transformers?.stop();
  await Promise.all(Object.values(models).map((model) => model.dispose()));
  const load = { f32: await measureLoad("f32"), q8: await measureLoad("q8"), q4: await measureLoad("q4") };
  return summarize(rounds, load);
}

function summarize(rounds, load) {
  const middle = (pick) => median(rounds.map(pick));
  const ours = Object.fromEntries(Object.keys(OURS).map((name) => [name, middle((round) => round.ours[name])]));
  const hasTheirs = "prefill" in rounds[0].theirs;
  const theirs = hasTheirs
    ? Object.fromEntries(Object.keys(THEIRS).map((name) => [name, middle((round) => round.theirs[name])]))
    : undefined;
  const question = {
    first: middle((round) => round.questions.first),
    second: middle((round) => round.questions.second),
  };
  const ratios = {
    ...(theirs &&
      Object.fromEntries(Object.entries(RATIOS).map(([name, their]) => [name, theirs[their] / ours[name]]))),
    folded: ours.unfolded / ours.folded,
    secondQuestion: question.first / question.second,
    memory: (load.f32.peakMB * 1024 ** 2) / weightsInUse(),
  };
  const ms = (seconds) => `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
  const against = (name) => (theirs ? `, ${ratios[name].toFixed(2)} x transformers` : "");
  return {
    rows: [
      ...Object.keys(OURS).map((name) => [name, ms(ours[name]) + (name in RATIOS ? against(name) : "")]),
      ...Object.entries(theirs ?? {}).map(([name, seconds]) => [`transformers ${name}`, ms(seconds)]),
      ["folded against unfolded", `${ratios.folded.toFixed(1)} x`],
      [
        "first, second question",
        `${ms(question.first)}, ${ms(question.second)}: ${ratios.secondQuestion.toFixed(1)} x`,
      ],
      ...Object.entries(load).map(([dtype, { seconds, peakMB }]) => [
        `load ${dtype}`,
        `${seconds.toFixed(2)} s, peak ${peakMB.toFixed(0)} MB`,
      ]),
      ["peak memory / f32 weights", ratios.memory.toFixed(2)],
    ],
    ratios,
    seconds: { ...ours, transformers: theirs, question, load: load.f32.seconds },
    peakMemoryMB: load.f32.peakMB,
  };
}
