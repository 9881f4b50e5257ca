// `npm start`: the main job on the trained models of fixtures/small-world. Measures an adapter on the LLM it was trained
// for, moves it to an LLM of another family and tokenizer, and measures it there, above what answers without seeing reach.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const world = join(root, "fixtures", "small-world");
const results = mkdtempSync(join(tmpdir(), "langbridge-demo-"));
const QUESTIONS = "300";

const [source, target] = [join(world, "qwen2"), join(world, "llama2")];
const adapter = join(world, "adapters", "qwen2", "anchored");
const moved = join(results, "moved");

/** Prints the command as a user would type it, then runs it and shows what it says. */
function langbridge(...args) {
  const typed = args.map((arg) => (arg.startsWith(world) ? relative(root, arg) : arg.replace(`${results}/`, "")));
  console.log(`\n$ langbridge ${typed.join(" ")}\n`);
  execFileSync(process.execPath, [join(root, "bin", "run.js"), ...args], { stdio: "inherit" });
}

function evaluate(name, adapterFolder, llm, ...more) {
  langbridge(
    ...["eval", "--benchmark", "gqa", "--data", join(world, "benchmarks", "gqa"), "--images", join(world, "images")],
    ...["--adapter", adapterFolder, "--llm", llm, "--vision", join(world, "vision")],
    ...["--limit", QUESTIONS, "--output", join(results, name), ...more],
  );
  return join(results, name, "results.json");
}

try {
  const before = evaluate("before", adapter, source);
  langbridge("transfer", adapter, target, "--output", moved);
  const blind = evaluate("blind", moved, target, "--blind");
  evaluate("after", moved, target, "--baseline", before, "--baseline", blind);
} finally {
  rmSync(results, { recursive: true, force: true });
}
