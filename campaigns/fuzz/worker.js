/* Runs inputs of one kind, one after another, and tells its parent of each: node worker.js KIND SEED FIRST FOLDER */
import { KINDS } from "./kinds.js";
import { Chooser } from "./random.js";
import { LangbridgeError } from "../../dist/src/errors.js";

const [name, seed, first, folder] = process.argv.slice(2);
const say = (message) => process.send(message);

/** What JavaScript says of a mistake in code; in an error of our own it is one that was only wrapped. */
const MISTAKE =
  /Cannot (?:read|set|convert|destructure)|(?<!object )is not (?:iterable|defined|a constructor)|Invalid (?:array|typed array|string) length|Maximum call stack|Array buffer allocation|ERR_[A-Z_]+/;

/** One line of our own is what every damaged file should come to. */
function judge(error) {
  if (!(error instanceof LangbridgeError))
    return { outcome: "raw", message: String(error?.stack ?? error).slice(0, 600) };
  const { message } = error;
  if (/\n/.test(message) || MISTAKE.test(message)) return { outcome: "raw", message: message.slice(0, 600) };
  return { outcome: "refused" };
}

// Seeds of inputs lie apart, so that two campaigns with neighbouring seeds share none.
const seedOf = (input) => (Math.imul(Number(seed), 0x9e3779b1) ^ Math.imul(input + 1, 0x85ebca6b)) >>> 0;

let current = Number(first);
const late = (error) => say({ input: current, ...judge(error), outcome: "raw" });
process.on("uncaughtException", late);
process.on("unhandledRejection", late);

const { makeKind } = KINDS[name];
const run = await makeKind(folder);
for (; ; current++) {
  say({ input: current, outcome: "begun" });
  const start = performance.now();
  let result = { outcome: "opened" };
  try {
    await run(new Chooser(seedOf(current)));
  } catch (error) {
    result = judge(error);
  }
  say({ input: current, ...result, took: performance.now() - start });
  // The parent stops the process by a message, which is only seen between two turns.
  await new Promise((resolve) => setImmediate(resolve));
}
