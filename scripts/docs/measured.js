// Tables of what `npm run bench` measured and left in bench/measured.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "./markdown.js";

const TABLES = { summary, "zero-shot": zeroShot, explain };

export function measuredTable(name, root) {
  const read = (file) => JSON.parse(readFileSync(join(root, "bench", "measured", `${file}.json`), "utf8"));
  return TABLES[name](read);
}

const percent = (share) => (100 * share).toFixed(1);
const range = ({ value, interval }) => `${percent(value)} (${interval.map(percent).join(" to ")})`;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** README's four rows: the ends of the scale, and the two ways of a transfer between them. */
function summary(read) {
  const { families, reporting } = read("zero-shot");
  const all = (part) => mean(Object.values(families).flatMap((family) => family[part]));
  const transferred = (name) => [percent(reporting[name].right.value), range(reporting[name].kept)];
  return markdownTable(
    ["", "right answers, %", "retention, % (95 % interval)"],
    [
      ["the adapter on its own LLM", percent(all("source")), "100"],
      ["transferred, `--align sparse`, the default", ...transferred("sparse")],
      ["transferred, `--align none`, the paper's step before tuning", ...transferred("none, subword")],
      ["a zero image, no transfer", percent(all("blind")), "0"],
    ],
  );
}

/** What each method keeps, on the pairs that chose its settings and on those that it is reported on; one row a method. */
function zeroShot(read) {
  const { reporting, choosing, ordinary, chosen } = read("zero-shot");
  const rows = Object.entries(reporting).map(([name, { right, kept, ofBound }]) => {
    const settings = Object.entries(chosen[name]?.settings ?? {}).flatMap((entry) => setting(entry) ?? []);
    const projector = ordinary[name] === undefined ? "" : range(ordinary[name].kept);
    const cells = [settings.join(", "), percent(right.value), range(kept), percent(ofBound.value)];
    return [name, ...cells, percent(choosing[name].kept.value), projector];
  });
  const header = [
    ...["method", "settings", "right", "retention", "of the upper bound"],
    ...["retention on the choosing pairs", "retention of mlp2x_gelu"],
  ];
  return markdownTable(header, rows);
}

function setting([name, value]) {
  if (name === "wordsPerWidth") return `words ${value} x width`;
  if (typeof value === "boolean") return value ? name : undefined;
  return `${name} ${value}`;
}

/** How often each way of `explain` names what is there; one row a way, one column a kind of adapter. */
function explain(read) {
  const { named, seeds } = read("explain");
  const unique = (values) => [...new Set(values)];
  const kinds = unique(named.map(({ kind }) => kind));
  const ways = unique(named.map(({ by, contrast }) => JSON.stringify({ by, contrast }))).map((way) => JSON.parse(way));
  const cell = (row) => (row === undefined ? "" : `${percent(row.top3)} / ${percent(row.top5)}`);
  const rows = ways.map(({ by, contrast }) => [
    `\`${by}\`${contrast ? ", `--contrast`" : ""}`,
    ...kinds.map((kind) => cell(named.find((row) => row.kind === kind && row.by === by && row.contrast === contrast))),
    contrast ? "" : sharedCell(seeds.find((row) => row.by === by)),
  ]);
  return markdownTable(["", ...kinds, "two seeds share"], rows);
}

const sharedCell = ({ ofFirst, ofSecond, byChance }) =>
  `${percent((ofFirst + ofSecond) / 2)} (by chance ${percent(byChance)})`;
