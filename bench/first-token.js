// From nothing to the first token of an LLM in a GGUF file: without anything in the cache folder, again with what the first start left
// there, and llama.cpp where its packages are named.
//
//     FIRST_TOKEN_LLM=FILE.gguf [LLAMA_CPP_PYTHON=PYTHON with llama-cpp-python] [LLAMA_NODE=FOLDER of @fugood/llama.node]
//         npm run bench -- first-token
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROMPT, THREADS } from "./lib/first-token-prompt.js";
import { measureCommand, median } from "./lib/measure.js";

const LIB = join(dirname(fileURLToPath(import.meta.url)), "lib");
const ROUNDS = 5;

const { FIRST_TOKEN_LLM: llm, LLAMA_NODE: llamaNode, LLAMA_CPP_PYTHON: llamaPython } = process.env;

export default async function run() {
  if (llm === undefined) throw new Error("FIRST_TOKEN_LLM: name the GGUF file of an LLM");
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await runRound(llm));
  const sides = Object.fromEntries(
    Object.keys(rounds[0]).map((side) => [side, middle(rounds.map((each) => each[side]))]),
  );
  const ratios = Object.fromEntries(
    Object.entries(sides).map(([side, { cpuSeconds }]) => [side, cpuSeconds / sides.warm.cpuSeconds]),
  );
  return { rows: Object.entries(sides).map(describe), ratios, sides };
}

/** Every side once; the file is in memory from the first round on. */
async function runRound(file) {
  const cache = mkdtempSync(join(tmpdir(), "langbridge-bench-"));
  try {
    return {
      cold: await start(process.execPath, "first-token.js", file, cache),
      warm: await start(process.execPath, "first-token.js", file, cache),
      ...(llamaPython !== undefined && { "llama-cpp-python": await startLlamaPython(llamaPython, file) }),
      ...(llamaNode !== undefined && {
        "llama.node": await start(process.execPath, "first-token-llama-cpp.js", file, llamaNode),
      }),
    };
  } finally {
    rmSync(cache, { recursive: true });
  }
}

const startLlamaPython = (python, file) =>
  start(python, "first_token_llama_cpp.py", file, PROMPT, String(THREADS), String(Date.now()));

async function start(program, script, ...args) {
  const { output, peakMB } = await measureCommand(program, [join(LIB, script), ...args]);
  // llama.cpp writes its log among it.
  const report = output.split("\n").find((line) => line.startsWith('{"seconds"'));
  return { ...JSON.parse(report), peakMB };
}

const middle = (runs) => {
  const of = (key) => median(runs.map((each) => each[key]));
  return { seconds: of("seconds"), cpuSeconds: of("cpuSeconds"), peakMB: of("peakMB"), token: runs[0].token };
};

const describe = ([side, { seconds, cpuSeconds, peakMB, token }]) => [
  side,
  `${seconds.toFixed(2)} s to the first token ${JSON.stringify(token)}, ${cpuSeconds.toFixed(2)} s of the processor, ${peakMB.toFixed(0)} MB`,
];
