// Tables of what `npm run bench` measured and left in bench/measured.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "./markdown.js";

const TABLES = {
  summary,
  "zero-shot": zeroShot,
  explain,
  distil,
  "real-right": realRight,
  "real-kept": realKept,
  "real-named": realNamed,
};

export function measuredTable(name, root) {
  const read = (file) => JSON.parse(readFileSync(join(root, "bench", "measured", `${file}.json`), "utf8"));
  return TABLES[name](read);
}

const percent = (share) => (100 * share).toFixed(1);
const range = ({ value, interval }) => `${percent(value)} (${interval.map(percent).join(" to ")})`;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** README's rows, of the real LLMs that count and of the small ones: the ends of the scale, and the ways of a transfer between them. */
function summary(read) {
  const [real, small] = [read("real"), read("zero-shot")];
  const counting = real.pairs.filter(({ counts }) => counts);
  const realRight = (row) => percent(mean(counting.map(({ right }) => right[row].value)));
  const smallRight = (part) => percent(mean(Object.values(small.families).flatMap((family) => family[part])));
  const realMethod = (row) => [realRight(row), range(real.reporting[row].ofSource)];
  const smallMethod = (name) => [percent(small.reporting[name].right.value), range(small.reporting[name].kept)];
  return markdownTable(
    ["", "real LLMs: right, %", "retention, % (95 % interval)", "small models: right, %", "retention, %"],
    [
      [REAL_ROWS.source, realRight("source"), "100", smallRight("source"), "100"],
      ["transferred, `--align contextual`", ...realMethod("contextual"), "", ""],
      ["transferred, `--align sparse`", ...realMethod("sparse"), ...smallMethod("sparse")],
      ["transferred, `--align none`, the paper's step", ...realMethod("re-indexed"), ...smallMethod("none, subword")],
      ["a zero image, no transfer", realRight("blind"), "0", smallRight("blind"), "0"],
    ],
  );
}

/** What rows of the real world are called in tables. */
const REAL_ROWS = {
  source: "the adapter on its own LLM",
  "source blind": "a zero image, on its own LLM",
  blind: "a zero image",
  ceiling: "the true words told",
  "re-indexed": "`--align none`, the paper's step before tuning",
  sparse: "`--align sparse`",
  contextual: "`--align contextual`",
  distilled: "`--align contextual --projector mlp`",
  "shuffled words": "control: words of others",
  "another picture": "control: another picture",
  "untrained adapter": "control: an untrained adapter",
};

const pairName = ({ adapter, target, counts }) => `${adapter} to ${target}${counts ? "" : " (does not count)"}`;

/** Right answers by row, and how many were asked; one column a pair. */
function realRight(read) {
  const { pairs } = read("real");
  const rows = Object.keys(REAL_ROWS).filter((row) => pairs.some(({ right }) => right[row]));
  const cells = (row) => pairs.map(({ right }) => (right[row] ? range(right[row]) : ""));
  return markdownTable(
    ["right answers, %", ...pairs.map(pairName)],
    [
      ...rows.map((row) => [REAL_ROWS[row], ...cells(row)]),
      ["questions about pictures", ...pairs.map(({ questions, pictures }) => `${questions} about ${pictures}`)],
    ],
  );
}

/** Retention of the source and of the ceiling over the pairs that count. */
function realKept(read) {
  const { reporting } = read("real");
  return markdownTable(
    ["", "retention of the source, %", "of the ceiling, %"],
    Object.entries(reporting).map(([row, { ofSource, ofCeiling }]) => [
      REAL_ROWS[row],
      range(ofSource),
      range(ofCeiling),
    ]),
  );
}

/** How often the first word is true; one column a pair. */
function realNamed(read) {
  const { firstWordTrue } = read("real");
  const pairs = Object.keys(firstWordTrue);
  const kinds = Object.keys(firstWordTrue[pairs[0]]);
  const cell = (figure) => (figure === null ? "" : range(figure));
  return markdownTable(
    ["patches whose first word is true, %", ...pairs.map((pair) => pair.replace("->", "to"))],
    kinds.map((kind) => [kind, ...pairs.map((pair) => cell(firstWordTrue[pair][kind]))]),
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

/** What an ordinary projector keeps of a transfer that decodes while it runs; one row for each set of pictures. */
function distil(read) {
  const { rows } = read("distil");
  const names = [...new Set(rows.map(({ name }) => name))];
  const cells = (kind, name) => {
    const { right, lost, most, r2 } = rows.find((row) => row.kind === kind && row.name === name);
    const points = r2 === undefined ? "" : `${lost.toFixed(1)} (at most ${most.toFixed(1)})`;
    return [percent(right), points, r2?.toFixed(2) ?? ""];
  };
  const header = ["fitted to", "right", "points below decoding", "R2", "mlp2x_gelu: right", "points below", "R2"];
  return markdownTable(
    header,
    names.map((name) => [
      name === "decoded" ? "nothing: decoded while it runs" : `${name} pictures`,
      ...cells("paper", name),
      ...cells("mlp2x_gelu", name),
    ]),
  );
}
