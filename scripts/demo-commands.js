// The commands that `npm start` runs, and the text that it shows: the table first, then a page to look at, then what was run.
import { join } from "node:path";

export const world = join("fixtures", "small-world");
export const QUESTIONS = 200;
/** Folder of the page that stays, below the repository; git passes over it. */
export const PAGE = join(".cache", "start");

export const adapterOf = (llm, kind = "anchored") => join(world, "adapters", llm, kind);
export const llmOf = (name) => join(world, name);
const [vision, images] = [join(world, "vision"), join(world, "images")];
const onLlm = (adapter, llm) => ["--adapter", adapter, "--llm", llmOf(llm), "--vision", vision];

/** How all questions are asked; shown once and not with each run. */
export const EVAL = [
  ...["eval", "--benchmark", "gqa", "--data", join(world, "benchmarks", "gqa"), "--images", images],
  ...["--limit", String(QUESTIONS)],
];

/** Every command in order: its folder in `work`, the words in front of it, and what it is. */
export const COMMANDS = [
  { name: "source", eval: onLlm(adapterOf("llama2"), "llama2") },
  { name: "transferred", transfer: [adapterOf("llama2"), llmOf("qwen2")] },
  { name: "after", eval: onLlm("transferred", "qwen2") },
  { name: "blind", eval: [...onLlm("transferred", "qwen2"), "--blind"] },
  { name: "bound", eval: onLlm(adapterOf("qwen2"), "qwen2") },
  {
    name: "transferred-shuffled",
    transfer: [adapterOf("llama2"), llmOf("qwen2"), "--mapping", "shuffled.tsv"],
  },
  { name: "shuffled", eval: onLlm("transferred-shuffled", "qwen2") },
  { name: "paper", eval: onLlm(adapterOf("llama2", "paper-0"), "llama2") },
  { name: "transferred-paper", transfer: [adapterOf("llama2", "paper-0"), llmOf("qwen2")] },
  { name: "paper-after", eval: onLlm("transferred-paper", "qwen2") },
  { name: "reindexed-paper", transfer: [adapterOf("llama2", "paper-0"), llmOf("qwen2"), "--align", "none"] },
  { name: "paper-reindexed", eval: onLlm("reindexed-paper", "qwen2") },
];

/** The rows of the table by the runs that they compare; the first is what the others are compared with. */
export const TABLES = [
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

/** The rows that are shown of a table, each of the blind run once. */
export const shownRows = (titles, at) => Object.entries(titles).filter(([name]) => at === 0 || name !== "blind");

/** The commands as one would type them, with what they share as a variable and a function of the shell. */
function typed() {
  const short = (words) => words.map((word) => word.replace(world, "$W")).join(" ");
  const lines = COMMANDS.map(({ name, transfer, ...command }) =>
    transfer === undefined
      ? `E ${short(command.eval)} -o ${name}`
      : `langbridge transfer ${short(transfer)} -o ${name}`,
  );
  return [
    `W=${world}; E() { langbridge ${short(EVAL)} "$@"; }`,
    ...lines,
    ...TABLES.map((titles) => `langbridge eval compare ${Object.keys(titles).join(" ")}`),
    `langbridge ${short(EXPLAIN)} -o ${PAGE}`,
  ];
}

export const EXPLAIN = [
  ...["explain", join(images, "scene_0000.png"), "--adapter", adapterOf("llama2"), "--compare", "transferred"],
  ...["--vision", vision],
];

const LEGEND = `difference, interval: against the same adapter before its transfer, in points
retention: the share of its accuracy above the blind run that is kept (docs/results.md has more rows and pairs)`;

/** All that is shown, for the table of the results and the address of the page. */
export const startText = (table, pageUrl) =>
  `${table}\n${LEGEND}\n\nWhat each patch of one picture says, before and after: ${pageUrl}\n
What was run (shuffled.tsv gives each row the tokens of another):\n${typed().join("\n")}`;
