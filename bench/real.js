// What an adapter keeps between real language models: the adapters of fixtures/real-world, trained through one frozen LLM, transferred to
// others by each method and asked about pictures with known things, with the floor (a zero image), the ceiling (the true words told) and
// controls. Every figure comes from the library's own transfer and evaluation.
//
//     npm run bench -- real --models DIR [--questions N | --full] [--pairs SOURCE:TARGET,...] [--only ROW,...] [--asked N] [--json]
//
// DIR holds the LLMs as NAME.gguf or NAME/; without it, the originals in the Hub's cache are taken. Answers are kept in bench/.cache/real
// (or --work DIR): a run that was stopped goes on. --asked is `transfer --questions`. --full asks every question and writes
// bench/measured/real.json and the documents' tables; so does --write after a smaller run.
import { join } from "node:path";
import { firstWordTrue } from "./lib/first-word.js";
import { withShuffledRows } from "./lib/evaluations.js";
import { writeMeasured } from "./lib/measured.js";
import { CONTROLS, METHODS, realFigures, realTable } from "./lib/real-figures.js";
import { findLlm } from "./lib/real-llms.js";
import { openRows } from "./lib/real-rows.js";
import { drawQuestions, openWorld } from "./lib/real-world.js";
import { CACHE } from "./lib/synthetic.js";

/** LLMs that every adapter is transferred to, apart from its own. */
const TARGETS = ["qwen05", "qwen15", "gemma3", "smollm2"];
/** Of each pair; some 100 pictures give an interval of 12 points. */
const QUESTIONS = "300";

export const options = {
  models: { type: "string" },
  questions: { type: "string", default: QUESTIONS },
  full: { type: "boolean", default: false },
  pairs: { type: "string" },
  only: { type: "string" },
  asked: { type: "string" },
  work: { type: "string", default: join(CACHE, "real") },
  world: { type: "string" },
  write: { type: "boolean", default: false },
};

/** How each row's adapter is made: the options of its transfer. */
const transfersBy = (asked) => {
  const contextual = {
    ...{ align: "contextual", byPictures: true },
    ...(asked !== undefined && { alignSettings: { questions: readCount(asked, "--asked") } }),
  };
  return {
    contextual,
    "re-indexed": { align: "none" },
    sparse: { align: "sparse" },
    distilled: { ...contextual, distilled: true },
  };
};

export default async function run(given) {
  const started = performance.now();
  const world = openWorld(given.world);
  const questions = drawQuestions(world.questions, given.full ? null : readCount(given.questions, "--questions"));
  const rows = openRows({ world, questions, folder: given.work, ...progressLines(started) });
  const [wanted, transfers] = [readRows(given.only), transfersBy(given.asked)];
  const pairs = [];
  const named = {};
  for (const { adapter, target } of readPairs(given.pairs, world.adapters)) {
    const llms = { source: await findLlm(adapter.llm, given.models), target: await findLlm(target, given.models) };
    const { sums, contextual } = await measurePair({ rows, adapter, target, llms, wanted, transfers });
    const name = `${adapter.name} -> ${target}`;
    pairs.push({
      adapter: adapter.name,
      source: adapter.llm,
      target,
      questions: questions.length,
      pictures: rows.pictures.length,
      sums,
    });
    if (contextual !== undefined) {
      named[name] = await firstWordTrue({
        adapter: contextual,
        world,
        pictures: rows.pictures,
        cacheFolder: join(given.work, "cache"),
      });
    }
  }
  return report(
    { ...realFigures(pairs), firstWordTrue: named },
    { given, minutes: (performance.now() - started) / 60_000 },
  );
}

/**
 * All rows of one adapter in one target. What is the same whatever a method does comes first, and is kept when the method changes. The
 * floor is a zero image through the adapter of `contextual`.
 */
async function measurePair({ rows, adapter, target, llms, wanted, transfers }) {
  const pair = `${adapter.name} -> ${target}`;
  const moved = async (name, options) => {
    const given = { adapter: adapter.folder, source: llms.source, target: llms.target, ...options };
    return (await rows.transfer(`${pair}, ${name}`, given)).adapter;
  };
  const ask = (name, options) => rows.evaluate(`${pair}, ${name}`, { llm: llms.target, ...options });
  const own = { adapter: adapter.folder, target: llms.source, source: llms.source, align: "none" };
  const home = await rows.transfer(`${adapter.name} with its own rows`, own);
  const seen = { adapter: home.adapter, llm: llms.source };
  const source = await rows.evaluate(`${adapter.name} on its own LLM`, seen);
  const sourceBlind = await rows.evaluate(`${adapter.name} on its own LLM, blind`, { ...seen, blind: true });
  const indexed = await moved("re-indexed", transfers["re-indexed"]);
  const ceiling = await ask("true words told", { adapter: indexed, tellsWords: true });
  const sums = { source, "source blind": sourceBlind, blind: undefined, ceiling };
  const measure = async (row, make, options) => {
    if (wanted.has(row)) sums[row] = await ask(row, { adapter: await make(), ...options });
  };
  await measure("re-indexed", () => indexed);
  await measure("sparse", () => moved("sparse", transfers.sparse));
  const said = await moved("contextual", transfers.contextual);
  sums.blind = await ask("blind", { adapter: said, blind: true });
  await measure("contextual", () => said);
  await measure("distilled", () => moved("distilled", transfers.distilled));
  await measure("shuffled words", () => withShuffledRows(rows.place, said));
  await measure("another picture", () => said, { shows: "another picture" });
  await measure("untrained adapter", async () =>
    moved("untrained adapter", { ...transfers.contextual, adapter: await rows.untrained(adapter.folder) }),
  );
  return { sums, contextual: wanted.has("contextual") ? said : undefined };
}

function report({ pairs, reporting, firstWordTrue: named }, { given, minutes }) {
  const figures = { pairs, reporting, firstWordTrue: named };
  if (given.full || given.write) {
    const text = `${JSON.stringify(figures, null, 2)}\n`;
    writeMeasured({ "real.json": text });
  }
  const line = {
    ...{
      retention: reporting?.contextual?.ofSource ?? null,
      retentionOfCeiling: reporting?.contextual?.ofCeiling ?? null,
    },
    firstWordTrue: Object.fromEntries(Object.entries(named).map(([pair, of]) => [pair, of["first word"]])),
    controls: Object.fromEntries(CONTROLS.flatMap((row) => (reporting?.[row] ? [[row, reporting[row].ofSource]] : []))),
  };
  return { rows: [...realTable(figures), ["took", `${minutes.toFixed(1)} min`]], ...line, pairs, minutes };
}

/** Lines on standard error: what begins, and every tenth second how far it is. */
function progressLines(started) {
  const minutes = () => `${((performance.now() - started) / 60_000).toFixed(1)} min`;
  let last = 0;
  return {
    onStage: (what) => process.stderr.write(`${minutes()}  ${what}\n`),
    onProgress: ({ stage, done, total }) => {
      if (performance.now() - last < 10_000) return;
      last = performance.now();
      process.stderr.write(`${minutes()}    ${stage}${total > 0 ? ` ${done} of ${total}` : ""}\n`);
    },
  };
}

function readCount(text, flag) {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${flag} ${text}: a whole number above 0 was expected`);
}

/** Names of rows that are measured besides the source, the floor and the ceiling. */
function readRows(text) {
  const known = [...METHODS, ...CONTROLS];
  const rows = text?.split(",") ?? known;
  const odd = rows.find((row) => !known.includes(row));
  if (odd === undefined) return new Set(rows);
  throw new Error(`--only ${odd}: expected some of ${known.join(", ")}`);
}

/** `SOURCE:TARGET,...`, SOURCE being an LLM or one adapter of it; without it, every adapter to every other LLM. */
function readPairs(text, adapters) {
  const all = adapters.flatMap((adapter) =>
    TARGETS.filter((target) => target !== adapter.llm).map((target) => ({ adapter, target })),
  );
  if (text === undefined) return all;
  return text.split(",").flatMap((given) => {
    const [source, target] = given.split(":");
    const of = adapters.filter(({ llm, name }) => [llm, name].includes(source)).map((adapter) => ({ adapter, target }));
    if (of.length > 0 && target) return of;
    throw new Error(
      `--pairs ${given}: expected SOURCE:TARGET, SOURCE one of ${adapters.map(({ name }) => name).join(", ")}`,
    );
  });
}
