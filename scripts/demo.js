// `npm start`: the main job on the trained models of fixtures/small-world. Measures an adapter on the LLM it was trained
// for, transfers it to an LLM of another family and tokenizer, and measures it there, between what answers without seeing or with
// shuffled rows reach and what an adapter trained for the new LLM reaches; then an adapter trained as the paper says. The table comes
// first, then a page to look at, then what was run.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { progressLine } from "../dist/cli/progress-line.js";
import { formatTable, right } from "../dist/src/layout/table.js";
import { seededRandom, shuffled } from "../dist/src/tensor/random.js";
import {
  adapterOf,
  COMMANDS,
  EVAL,
  EXPLAIN,
  llmOf,
  PAGE,
  QUESTIONS,
  shownRows,
  startText,
  TABLES,
} from "./demo-commands.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const work = mkdtempSync(join(tmpdir(), "langbridge-start-"));
const page = join(root, PAGE);
/** A mapping that gives each row the target tokens of another row. */
const SHUFFLED = join(work, "shuffled.tsv");

/** Words of a command with the folders that it made as they really lie. */
const real = (words) => words.map((word) => (isMade(word) ? join(work, word) : word));
const isMade = (word) => word === "shuffled.tsv" || COMMANDS.some(({ name }) => name === word);

function langbridge(words) {
  const run = [join(root, "bin", "run.js"), ...real(words)];
  return execFileSync(process.execPath, run, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function run({ name, ...command }) {
  if (command.transfer?.includes(basename(SHUFFLED))) writeShuffledRows();
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
    return shownRows(titles, at).map(([name, what]) => line(what, rows.get(name)));
  });
  const columns = [{ header: `${QUESTIONS} questions` }, right("right"), right("difference"), right("95 % interval")];
  return formatTable([...columns, right("retention")], lines);
}

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
  console.log(startText(result, pathToFileURL(join(page, "index.html"))));
} finally {
  progress.end();
  rmSync(work, { recursive: true, force: true });
}
