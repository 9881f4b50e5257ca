// `npm start`: the main job on the trained models of fixtures/small-world. Measures an adapter on the LLM it was trained
// for, transfers it to an LLM of another family and tokenizer, and measures it there, between what answers without seeing or with
// shuffled rows reach and what an adapter trained for the new LLM reaches; then an adapter trained as the paper says. The table comes
// first, then a page to look at, then what was run.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { progressLine } from "../dist/cli/progress-line.js";
import { formatTable, right } from "../dist/src/layout/table.js";
import { seededRandom, shuffled } from "../dist/src/tensor/random.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const world = join("fixtures", "small-world");
const work = mkdtempSync(join(tmpdir(), "langbridge-start-"));
/** Stays: git passes over it. */
const page = join(root, ".cache", "start");
const QUESTIONS = 200;

const adapterOf = (llm, kind = "anchored") => join(world, "adapters", llm, kind);
const llmOf = (name) => join(world, name);
const [vision, images] = [join(world, "vision"), join(world, "images")];
const onLlm = (adapter, llm) => ["--adapter", adapter, "--llm", llmOf(llm), "--vision", vision];

/** How all questions are asked; shown once and not with each run. */
const EVAL = [
  ...["eval", "--benchmark", "gqa", "--data", join(world, "benchmarks", "gqa"), "--images", images],
  ...["--limit", String(QUESTIONS)],
];
/** A mapping that gives each row the target tokens of another row. */
const SHUFFLED = join(work, "shuffled.tsv");

/** Every command in order: its folder in `work`, the words in front of it, and what it is. */
const COMMANDS = [
  { name: "source", eval: onLlm(adapterOf("llama2"), "llama2") },
  { name: "transferred", transfer: [adapterOf("llama2"), llmOf("qwen2")] },
  { name: "after", eval: onLlm("transferred", "qwen2") },
  { name: "blind", eval: [...onLlm("transferred", "qwen2"), "--blind"] },
  { name: "bound", eval: onLlm(adapterOf("qwen2"), "qwen2") },
  {
    name: "transferred-shuffled",
    transfer: [adapterOf("llama2"), llmOf("qwen2"), "--mapping", "shuffled.tsv"],
    before: writeShuffledRows,
  },
  { name: "shuffled", eval: onLlm("transferred-shuffled", "qwen2") },
  { name: "paper", eval: onLlm(adapterOf("llama2", "paper-0"), "llama2") },
  { name: "transferred-paper", transfer: [adapterOf("llama2", "paper-0"), llmOf("qwen2")] },
  { name: "paper-after", eval: onLlm("transferred-paper", "qwen2") },
  { name: "reindexed-paper", transfer: [adapterOf("llama2", "paper-0"), llmOf("qwen2"), "--align", "none"] },
  { name: "paper-reindexed", eval: onLlm("reindexed-paper", "qwen2") },
];

/** The rows of the table by the runs that they compare; the first is what the others are compared with. */
const TABLES = [
  {
    source: "adapter of llama2, on llama2",
    after: "transferred to qwen2",
    bound: "upper bound: adapter trained on qwen2",
    shuffled: "control: rows shuffled",
    blind: "control: blind, a zero image",
  },
  {
    paper: "adapter trained as the paper says, on llama2",
    "paper-after": "transferred to qwen2",
    "paper-reindexed": "transferred by re-indexing alone",
    blind: "control: blind, a zero image",
  },
];

/** Words of a command with the folders that it made as they really lie. */
const real = (words) => words.map((word) => (isMade(word) ? join(work, word) : word));
const isMade = (word) => word === "shuffled.tsv" || COMMANDS.some(({ name }) => name === word);

function langbridge(words) {
  const run = [join(root, "bin", "run.js"), ...real(words)];
  return execFileSync(process.execPath, run, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function run({ name, before, ...command }) {
  before?.();
  const words = command.eval === undefined ? ["transfer", ...command.transfer] : [...EVAL, ...command.eval];
  langbridge([...words, "--output", name, "--quiet"]);
}

/** The same tokens as of the transfer, their order lost. */
function writeShuffledRows() {
  const { model, added_tokens: added } = readJson(root, llmOf("qwen2"), "tokenizer.json");
  const spelling = new Map(Object.entries(model.vocab).map(([token, id]) => [id, token]));
  for (const { id, content } of added) spelling.set(id, content);
  const tokens = Object.keys(readJson(root, adapterOf("llama2"), "mm_vocab.json"));
  const rows = shuffled(readJson(work, "transferred", "vocabulary.json"), seededRandom(1));
  const lines = tokens.flatMap((token, row) =>
    rows[row].ids.map(
      (id, at) => `${JSON.stringify(token)}\t${JSON.stringify(spelling.get(id))}\t${rows[row].weights[at]}`,
    ),
  );
  writeFileSync(SHUFFLED, `${lines.join("\n")}\n`);
}

const readJson = (...path) => JSON.parse(readFileSync(join(...path), "utf8"));

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const points = (share) => `${share < 0 ? "-" : "+"}${(100 * Math.abs(share)).toFixed(1)}`;

/** One line of the table: the score, and what a comparison with the source says. */
function line(what, { value, comparison }) {
  if (comparison === null) return [what, percent(value), "", "", ""];
  const { difference, interval, retention } = comparison;
  return [what, percent(value), points(difference), interval.map(points).join(" to "), percent(retention)];
}

/** What `eval compare` says of the runs of a table, by run. */
function compare(names) {
  const { rows } = JSON.parse(langbridge(["eval", "compare", ...names, "--json"]));
  return new Map(rows.map((row) => [relative(work, row.system), row]));
}

function table() {
  const lines = TABLES.flatMap((titles, at) => {
    const rows = compare(Object.keys(titles));
    const shown = Object.entries(titles).filter(([name]) => at === 0 || name !== "blind");
    return shown.map(([name, what]) => line(what, rows.get(name)));
  });
  const columns = [{ header: `${QUESTIONS} questions` }, right("right"), right("difference"), right("95 % interval")];
  return formatTable([...columns, right("retention")], lines);
}

/** The commands as one would type them, with what they share as variables of the shell. */
function typed() {
  const short = (words) => words.map((word) => word.replace(world, "$W")).join(" ");
  const lines = COMMANDS.map(({ name, transfer, ...command }) =>
    transfer === undefined
      ? `$E ${short(command.eval)} -o ${name}`
      : `langbridge transfer ${short(transfer)} -o ${name}`,
  );
  return [
    `W=${world} E="langbridge ${short(EVAL)}"`,
    ...lines,
    ...TABLES.map((titles) => `langbridge eval compare ${Object.keys(titles).join(" ")}`),
    `langbridge ${short(EXPLAIN)} -o ${relative(root, page)}`,
  ];
}

const EXPLAIN = [
  ...["explain", join(images, "scene_0000.png"), "--adapter", adapterOf("llama2"), "--compare", "transferred"],
  ...["--vision", vision],
];

const LEGEND = `difference, interval: against the same adapter before its transfer, in points
retention: the share of its accuracy above the blind run that is kept (docs/results.md has more rows and pairs)`;

const progress = progressLine(process.stderr);
try {
  for (const [done, command] of COMMANDS.entries()) {
    const step = { stage: "transferring and measuring, which takes about a minute", done, total: COMMANDS.length };
    progress.report({ ...step, detail: command.name });
    run(command);
  }
  const result = table();
  langbridge([...EXPLAIN, "--output", page, "--force", "--quiet"]);
  progress.end();
  console.log(`${result}\n${LEGEND}\n`);
  console.log(`What each patch of one picture says, before and after: ${pathToFileURL(join(page, "index.html"))}\n`);
  console.log(`What was run (shuffled.tsv gives each row the tokens of another):\n${typed().join("\n")}`);
} finally {
  progress.end();
  rmSync(work, { recursive: true, force: true });
}
