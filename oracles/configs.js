import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel } from "../dist/src/index.js";
import { PythonSide } from "./python-side.js";

const MADE = 1000;
/** Of the largest logit. */
const TOLERANCE = 1e-4;

const COUNTED = [
  ...[
    "configs",
    "equal",
    "refused by both",
    "refused here",
    "refused by transformers",
    "unlike logits",
    "unlike tokens",
    "raw errors",
  ],
];
const UNLIKE = ["unlike logits", "unlike tokens", "raw errors"];

/** Logits and greedy tokens of small LLMs with made config.json files against transformers' from_pretrained of the same folder. */
export async function compareConfigs({ seed, count = MADE, log }) {
  const python = new PythonSide("configs_side.py");
  const root = mkdtempSync(join(tmpdir(), "langbridge-oracle-"));
  const tally = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  const reasons = new Map();
  for (let index = 0; index < count; index++) {
    const folder = join(root, String(index));
    const expected = await python.ask({ make: seed + index, folder });
    if (expected === null || !existsSync(folder)) throw new Error(`configs_side.py ended at seed ${seed + index}`);
    tally.configs++;
    const { kind, note } = await compareOne(folder, expected, root);
    tally[kind]++;
    if (UNLIKE.includes(kind)) log(`seed ${seed + index}: ${kind}: ${note}`);
    else if (note !== undefined) {
      const reason = `${kind}: ${note}`;
      const { times, first } = reasons.get(reason) ?? { times: 0, first: seed + index };
      reasons.set(reason, { times: times + 1, first });
    }
    rmSync(folder, { recursive: true });
  }
  python.end();
  rmSync(root, { recursive: true });
  const listed = [...reasons].sort(([, a], [, b]) => b.times - a.times);
  for (const [reason, { times, first }] of listed) log(`${times} ${reason}, first of seed ${first}`);
  return { tally, unlike: UNLIKE.reduce((sum, kind) => sum + tally[kind], 0) };
}

async function compareOne(folder, expected, cacheFolder) {
  const ours = await answer(folder, expected.prompt ?? [5, 9], cacheFolder);
  const said = ours.error?.message.replace(folder, "").replaceAll(/[\d.]+|\[[^\]]*\]|\{[^}]*\}/g, "#");
  if (ours.error !== undefined && ours.error.name !== "InputError")
    return { kind: "raw errors", note: ours.error.stack };
  if (expected.error !== undefined) {
    if (ours.error !== undefined) return { kind: "refused by both", note: said };
    return { kind: "refused by transformers", note: expected.error.replaceAll(/\d+/g, "#").slice(0, 120) };
  }
  if (ours.error !== undefined) return { kind: "refused here", note: said };
  const error = Math.max(
    distance(ours.prefill, expected.prefill),
    distance(ours.decode, expected.decode, ours, expected),
  );
  if (!(error < TOLERANCE)) return { kind: "unlike logits", note: error.toExponential(1) };
  const clear = String(expected.greedy.slice(0, expected.clear));
  if (String(ours.greedy.slice(0, expected.clear)) !== clear) return { kind: "unlike tokens", note: clear };
  return { kind: "equal" };
}

/** Largest difference in units of the largest logit; logits behind other tokens say nothing. */
function distance(ours, theirs, { greedy } = {}, { greedy: expected } = {}) {
  if (String(greedy) !== String(expected)) return 0;
  const largest = Math.max(...theirs.map(Math.abs));
  return Math.max(...theirs.map((value, i) => Math.abs(value - ours[i]))) / largest;
}

async function answer(folder, prompt, cacheFolder) {
  try {
    const { llm, dispose } = await loadModel({ llm: folder, dtype: "f32", threads: 1, cacheFolder });
    try {
      const prefill = await llm.logits({ embeddings: llm.embed(prompt) });
      const { greedy, decode } = await goOn(llm, prompt, prefill);
      return { prefill, greedy, decode };
    } finally {
      await dispose();
    }
  } catch (error) {
    return { error };
  }
}

/** Five tokens by the largest logit, whatever ends an answer. */
async function goOn(llm, prompt, first) {
  const greedy = [];
  let logits = first;
  for (let step = 0; step < 5; step++) {
    greedy.push(logits.indexOf(Math.max(...logits)));
    const prefix =
      prompt.length + step > 1 ? await llm.start(llm.embed([...prompt, ...greedy].slice(0, -1))) : undefined;
    logits = await llm.logits({
      prefix,
      embeddings: llm.embed([prefix === undefined ? [...prompt, ...greedy] : greedy.slice(-1)].flat()),
    });
  }
  return { greedy, decode: logits };
}
