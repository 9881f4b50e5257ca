/*
 * Reads damaged files by the thousand. Each must open or be refused in one line of our own, in bounded time and memory:
 *
 *     npm run fuzz -- [KIND ...] [--count N | --seconds N] [--seed S] [--from INPUT]
 *
 * The same seed makes the same inputs. A fault is named as KIND, seed and number; `--from NUMBER --count 1` runs it alone.
 * Ends with 1 where there was a fault.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { KINDS } from "./kinds.js";

/** An input that takes longer is a hang; the deadlines of patterns and templates are 1.5 s each, and a busy machine takes its share. */
const HANG_MS = 20_000;
/** From here on it is only counted. */
const SLOW_MS = 5_000;
const HEAP_MB = 2048;
/** How often a campaign says how far it is. */
const REPORT_MS = 60_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string" },
    seconds: { type: "string" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(KINDS);
const unknown = names.filter((name) => !Object.hasOwn(KINDS, name));
if (unknown.length > 0) throw new Error(`no kind ${unknown.join(", ")}; there are ${Object.keys(KINDS).join(", ")}`);

const seconds = values.seconds === undefined ? Infinity : Number(values.seconds) / names.length;
const shares = names.reduce((sum, name) => sum + KINDS[name].share, 0);
const count = Number(values.count ?? (values.seconds === undefined ? 10_000 : Infinity));
const inputsOf = (name) => Math.ceil((count * KINDS[name].share) / shares);

/** Runs one kind in processes of its own: one that hangs or dies is replaced, and goes on behind the input that did it. */
async function campaign(name) {
  const tally = { inputs: 0, opened: 0, refused: 0, raw: 0, crashed: 0, hung: 0, slow: 0 };
  const faults = [];
  const [first, end] = [Number(values.from), Number(values.from) + inputsOf(name)];
  const deadline = performance.now() + seconds * 1000;
  const folder = mkdtempSync(join(tmpdir(), `langbridge-fuzz-${name}-`));
  let next = first;
  const report = setInterval(() => console.log(`${name}, so far: ${words(tally)}`), REPORT_MS);
  try {
    while (next < end && performance.now() < deadline)
      next = await inProcess(name, next, { end, deadline, folder, tally, faults });
  } finally {
    clearInterval(report);
    rmSync(folder, { recursive: true, force: true });
  }
  return { tally, faults };
}

/** @returns {Promise<number>} the input to go on with */
function inProcess(name, first, { end, deadline, folder, tally, faults }) {
  return new Promise((resolve, reject) => {
    const worker = fork(new URL("./worker.js", import.meta.url), [name, values.seed, String(first), folder], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let [current, finished, hung, timer, errors] = [first - 1, first - 1, false, undefined, ""];
    worker.stderr.on("data", (chunk) => (errors = (errors + chunk).slice(-2000)));
    const fault = (input, what, message = "") => faults.push({ name, input, what, message });
    worker.on("message", ({ input, outcome, message, took }) => {
      clearTimeout(timer);
      if (outcome === "begun") {
        current = input;
        timer = setTimeout(() => ((hung = true), worker.kill("SIGKILL")), HANG_MS);
        return;
      }
      if (took === undefined) {
        // Of an error that came on its own, beside the input that was being read.
        tally.raw++;
        return fault(input, "raw", message);
      }
      finished = input;
      tally.inputs++;
      tally[outcome]++;
      if (outcome === "raw") fault(input, "raw", message);
      if (took > SLOW_MS) tally.slow++;
      if (input + 1 >= end || performance.now() >= deadline) worker.kill("SIGKILL");
    });
    worker.on("exit", () => {
      clearTimeout(timer);
      if (current < first)
        return reject(new Error(`${name}: the process that reads the inputs did not start: ${errors}`));
      if (current > finished && finished + 1 < end && performance.now() < deadline) {
        tally.inputs++;
        tally[hung ? "hung" : "crashed"]++;
        fault(current, hung ? "hung" : "crashed", errors);
        resolve(current + 1);
      } else resolve(finished + 1);
    });
  });
}

const total = {};
const faults = [];
for (const name of names) {
  const { tally, faults: found } = await campaign(name);
  console.log(`${name}: ${words(tally)}`);
  for (const { input, what, message } of found.slice(0, 10)) {
    console.log(
      `  ${what}: npm run fuzz -- ${name} --seed ${values.seed} --from ${input} --count 1\n    ${message.replaceAll("\n", "\n    ")}`,
    );
  }
  faults.push(...found);
  for (const [key, number] of Object.entries(tally)) total[key] = (total[key] ?? 0) + number;
}
console.log(`\n${words(total)}\nraw errors ${total.raw + total.crashed}, hangs ${total.hung}`);
process.exitCode = faults.length > 0 ? 1 : 0;

function words(tally) {
  return Object.entries(tally)
    .map(([key, number]) => `${number} ${key}`)
    .join(", ");
}
