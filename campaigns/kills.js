/*
 * Ends commands at random moments and looks at what is left:
 *
 *     npm run kills -- [--count N] [--seed S]
 *
 * Each round runs one of transfer, eval, export and explain and sends it SIGKILL, SIGINT, SIGTERM or SIGHUP. What must hold:
 *
 * - an answer that was on the disk when the signal came is there after the next run of eval, once and unchanged
 * - an output is whole or absent: it holds what its own record lists
 * - an output that was there before stays, or the new one stands in its place
 * - SIGINT, SIGTERM and SIGHUP end a command within two seconds with 130, 143 and 129, and leave nothing hidden behind
 * - the next run removes what SIGKILL left
 *
 * Ends with 1 where anything was lost.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Chooser } from "./fuzz/random.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const WORLD = join(ROOT, "fixtures", "small-world");
const { values } = parseArgs({
  options: { count: { type: "string", default: "40" }, seed: { type: "string", default: "1" } },
});

const base = mkdtempSync(join(tmpdir(), "langbridge-kills-"));
process.env.LANGBRIDGE_CACHE_DIR = join(base, "cache");
const IMAGES = readdirSync(join(WORLD, "images")).map((name) => join(WORLD, "images", name));
const PAPER = join(WORLD, "adapters", "llama2", "paper-0");
const PARTS = ["--adapter", PAPER, "--vision", join(WORLD, "vision")];

/** Each writes the folder `output`; a second run of it replaces what the first one wrote. */
const COMMANDS = {
  transfer: (output, n) => ["transfer", PAPER, join(WORLD, n % 2 ? "qwen2" : "llama3"), "--force", "--output", output],
  explain: (output, n) => ["explain", ...IMAGES.slice(n % 2, 60), ...PARTS, "--force", "--output", output],
  export: (output, n) => [
    ...["export", PAPER, "--format", "onnx", "--vision", join(WORLD, "vision"), "--force", "--output", output],
    ...(n % 2 ? ["--dtype", "f16"] : []),
  ],
  eval: (output) => [
    ...["eval", "--benchmark", "gqa", "--data", join(WORLD, "benchmarks", "gqa"), "--images", join(WORLD, "images")],
    ...[...PARTS, "--llm", join(WORLD, "llama2"), "--limit", "120", "--output", output],
  ],
};
/** From a signal to the end of a command; a machine that is busy elsewhere takes its share. */
const MOST_SECONDS = 2;
const SIGNALS = ["SIGKILL", "SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"];

const run = (args) => spawn(process.execPath, [join(ROOT, "bin", "run.js"), ...args], { stdio: "ignore" });

const tally = {
  rounds: 0,
  ended: 0,
  killed: 0,
  "lost answers": 0,
  "half outputs": 0,
  "missing outputs": 0,
  "wrong exit codes": 0,
  "late ends": 0,
  litter: 0,
};
const faults = [];
let longest = 0;
const fault = (what, round, detail) => {
  tally[what]++;
  faults.push(`round ${round}: ${what}: ${detail}`);
};

/** How long each command takes undisturbed, which says when to strike. */
const durations = {};
for (const [name, argsOf] of Object.entries(COMMANDS)) {
  const start = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "bin", "run.js"), ...argsOf(join(base, `warm-${name}`), 0)],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${name} does not run: ${stderr}`);
  durations[name] = performance.now() - start;
}

const answersIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^answers.*\.jsonl$/.test(name))
        .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1))
    : [];

/** Why an output folder is not whole; undefined for a whole one. */
function flawOf(folder) {
  const record = join(folder, ".langbridge.json");
  if (!existsSync(record)) return "has no record of its files";
  const { files } = JSON.parse(readFileSync(record, "utf8"));
  const missing = files.filter((name) => !existsSync(join(folder, name)));
  return missing.length > 0 ? `lacks ${missing.join(", ")}` : undefined;
}

for (let round = 0; round < Number(values.count); round++) {
  const random = new Chooser(Math.imul(Number(values.seed), 0x9e3779b1) + round);
  const name = random.pick(Object.keys(COMMANDS));
  const signal = random.pick(SIGNALS);
  const folder = join(base, `round-${round}`);
  const output = join(folder, "out");
  mkdirSync(folder);
  // Half of the rounds replace an output that is there.
  const hadOutput = name !== "eval" && random.chance(0.5);
  if (hadOutput) spawnSync(process.execPath, [join(ROOT, "bin", "run.js"), ...COMMANDS[name](output, 1)]);

  const child = run(COMMANDS[name](output, 0));
  const ended = once(child, "exit");
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, random.next() * durations[name] * 1.1))]);
  const before = name === "eval" ? answersIn(output) : [];
  const struck = performance.now();
  child.kill(signal);
  const [code, by] = await ended;
  const status = code ?? 128 + constants.signals[by];
  tally.rounds++;
  tally[status === 0 ? "ended" : "killed"]++;

  if (signal !== "SIGKILL" && status !== 0) {
    const seconds = (performance.now() - struck) / 1000;
    longest = Math.max(longest, seconds);
    if (seconds > MOST_SECONDS) fault("late ends", round, `${name}, ${signal}: ${seconds.toFixed(1)} s`);
    if (status !== 128 + constants.signals[signal]) fault("wrong exit codes", round, `${name}, ${signal}: ${status}`);
    const hidden = readdirSync(folder).filter((entry) => entry !== "out");
    if (hidden.length > 0) fault("litter", round, `${name}, ${signal}: ${hidden.join(", ")}`);
  }
  // Between two renames the old output is hidden for a moment; the next run brings it back.
  const isHidden = signal === "SIGKILL" && readdirSync(folder).some((entry) => entry.endsWith(".replaced"));
  if (hadOutput && !existsSync(output) && !isHidden)
    fault("missing outputs", round, `${name}, ${signal}: the old one is gone`);
  if (name !== "eval" && existsSync(output)) {
    const flaw = flawOf(output);
    if (flaw !== undefined) fault("half outputs", round, `${name}, ${signal}: ${flaw}`);
  }

  // The next run: of the same command to the same place, not disturbed.
  const next = spawnSync(process.execPath, [join(ROOT, "bin", "run.js"), ...COMMANDS[name](output, 0)], {
    encoding: "utf8",
  });
  if (next.status !== 0) fault("missing outputs", round, `${name} after ${signal}: the next run says ${next.stderr}`);
  else if (name === "eval") {
    const after = answersIn(output);
    const lost = before.filter((answer) => !after.includes(answer));
    const keys = new Set(after.map((line) => JSON.parse(line).question_id));
    if (lost.length > 0) fault("lost answers", round, `${lost.length} of ${before.length}`);
    if (keys.size !== 120) fault("lost answers", round, `${keys.size} questions answered of 120`);
  } else if (flawOf(output) !== undefined) fault("half outputs", round, `${name} after ${signal}: ${flawOf(output)}`);
  const left = readdirSync(folder).filter((entry) => entry !== "out");
  if (left.length > 0) fault("litter", round, `${name}, ${signal}, after the next run: ${left.join(", ")}`);
  rmSync(folder, { recursive: true, force: true });
  if (tally.rounds % 5 === 0) console.log(summary());
}
rmSync(base, { recursive: true, force: true });

for (const line of faults) console.log(line);
console.log(summary());
process.exitCode = faults.length > 0 ? 1 : 0;

function summary() {
  const words = Object.entries(tally).map(([key, number]) => `${number} ${key}`);
  return `${words.join(", ")}; longest from a signal to the end: ${longest.toFixed(2)} s`;
}
