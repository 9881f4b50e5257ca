// `npm start`: the main job on the trained models of fixtures/small-world. Measures an adapter on the LLM it was trained
// for, transfers it to an LLM of another family and tokenizer, and measures it there, between what answers without seeing or with
// shuffled rows reach and what tuning, or an adapter trained for the new LLM, would reach; then an adapter trained as the paper says.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom, shuffled } from "../dist/src/tensor/random.js";
import { formatTable, right } from "../dist/src/layout/table.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const world = join(root, "fixtures", "small-world");
const results = mkdtempSync(join(tmpdir(), "langbridge-demo-"));
const QUESTIONS = "200";

const [source, target] = [join(world, "llama2"), join(world, "qwen2")];
const adapterOf = (llm, kind = "anchored") => join(world, "adapters", llm, kind);
const vision = ["--vision", join(world, "vision")];
const transferred = join(results, "transferred-adapter");

/** Prints the command as a user would type it, then runs it; controls run without showing what they say. */
function langbridge(args, { shown = true } = {}) {
  const typed = args.map((arg) => (arg.startsWith(world) ? relative(root, arg) : arg.replace(results + sep, "")));
  console.log(`\n$ langbridge ${typed.join(" ")}${shown ? "\n" : ""}`);
  const stdout = shown ? "inherit" : "ignore";
  execFileSync(process.execPath, [join(root, "bin", "run.js"), ...args], { stdio: ["inherit", stdout, "inherit"] });
}

/** Asks the questions of GQA's kind; returns the path of the result. */
function evaluate(name, model, { against = [], blind = false, shown = true } = {}) {
  const args = [
    ...["eval", "--benchmark", "gqa", "--data", join(world, "benchmarks", "gqa"), "--images", join(world, "images")],
    ...[...model, "--limit", QUESTIONS, "--output", join(results, name)],
    ...(blind ? ["--blind"] : []),
    ...against.flatMap((path) => ["--baseline", path]),
  ];
  langbridge(args, { shown });
  return join(results, name, "results.json");
}

/** A mapping that gives each row the target tokens of another row: the same tokens, their order lost. */
function writeShuffledRows(path) {
  const { model, added_tokens: added } = readJson(target, "tokenizer.json");
  const spelling = new Map(Object.entries(model.vocab).map(([token, id]) => [id, token]));
  for (const { id, content } of added) spelling.set(id, content);
  const tokens = Object.keys(readJson(adapterOf("llama2"), "mm_vocab.json"));
  const rows = shuffled(readJson(transferred, "vocabulary.json"), seededRandom(1));
  const lines = tokens.flatMap((token, row) =>
    rows[row].ids.map(
      (id, at) => `${JSON.stringify(token)}\t${JSON.stringify(spelling.get(id))}\t${rows[row].weights[at]}`,
    ),
  );
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const LEGEND = `anchored: an adapter trained to name what it sees; paper: one trained as the paper says
difference and interval: against the same adapter before its transfer, in points
retention: the share of its accuracy above the blind run that is kept (docs/results.md has more pairs)`;

const readJson = (...path) => JSON.parse(readFileSync(join(...path), "utf8"));

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const points = (share) => `${share < 0 ? "-" : "+"}${(100 * Math.abs(share)).toFixed(1)}`;

/** One line of the last table: the score, and what a comparison with the source says. */
function line([what, path]) {
  const { primary, comparison } = readJson(path);
  if (comparison === null) return [what, percent(primary.value), "", "", ""];
  const { difference, interval, retention } = comparison;
  const range = `${points(interval[0])} to ${points(interval[1])}`;
  return [what, percent(primary.value), points(difference), range, percent(retention)];
}

/** Transfers an adapter without showing what that says; returns its new folder. */
function transfer(adapter, name, ...flags) {
  const output = join(results, name);
  langbridge(["transfer", adapter, target, ...flags, "--output", output], { shown: false });
  return output;
}

try {
  const on = (adapter, llm) => ["--adapter", adapter, "--llm", llm, ...vision];
  const before = evaluate("source", on(adapterOf("llama2"), source));
  langbridge(["transfer", adapterOf("llama2"), target, "--output", transferred]);
  const blind = evaluate("blind", on(transferred, target), { blind: true, shown: false });
  const against = [before, blind];
  const after = evaluate("transferred", on(transferred, target), { against });

  const control = { against, shown: false };
  const reindexed = transfer(adapterOf("llama2"), "reindexed", "--align", "none");
  const wrong = transfer(
    adapterOf("llama2"),
    "transferred-shuffled",
    "--mapping",
    writeShuffledRows(join(results, "shuffled.tsv")),
  );
  const paper = adapterOf("llama2", "paper-0");
  const paperBefore = evaluate("paper-source", on(paper, source), { shown: false });
  const paperControl = { against: [paperBefore, blind], shown: false };
  const paperRow = (name, ...flags) =>
    evaluate(name, on(transfer(paper, `transferred-${name}`, ...flags), target), paperControl);
  const rows = [
    ["anchored adapter of llama2, on llama2", before],
    ["transferred to qwen2", after],
    ["transferred by re-indexing alone", evaluate("reindexed", on(reindexed, target), control)],
    ["tuned after re-indexing", evaluate("tuned", ["--model", join(world, "tuned", "llava-qwen2")], control)],
    ["upper bound: adapter trained on qwen2", evaluate("upper-bound", on(adapterOf("qwen2"), target), control)],
    ["control: rows shuffled", evaluate("shuffled", on(wrong, target), control)],
    ["control: blind, a zero image", blind],
    ["paper adapter of llama2, on llama2", paperBefore],
    ["transferred to qwen2", paperRow("paper-transferred")],
    ["transferred by re-indexing alone", paperRow("paper-reindexed", "--align", "none")],
  ];
  const columns = [{ header: `${QUESTIONS} questions` }, right("right"), right("difference"), right("95 % interval")];
  console.log(`\n${formatTable([...columns, right("retention")], rows.map(line))}`);
  console.log(`\n${LEGEND}`);
} finally {
  rmSync(results, { recursive: true, force: true });
}
