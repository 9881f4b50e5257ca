// How often `explain` names what is there, on the pictures of fixtures/small-world, whose cells are the patches: the share of the true
// words (size, colour, shape) of the cells that hold an object which are among a patch's first 3 and first 5 tokens, by each way of
// seeing, with and without --contrast. Writes bench/measured/explain.json and its table in docs/results.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { explainImages } from "../dist/src/explain/explain.js";
import { LENSES } from "../dist/src/explain/lens.js";
import { planExplanation } from "../dist/src/explain/plan-explanation.js";
import { meanShared, sharedTokens } from "../dist/src/explain/shared-tokens.js";
import { createSplitter } from "../dist/src/vocabulary/split-bytes.js";
import { readTokenizer } from "../dist/src/vocabulary/read-tokenizer.js";
import { inParallel, openWorkplace, transfer } from "./lib/evaluations.js";
import { writeMeasured } from "./lib/measured.js";
import * as world from "./lib/small-world.js";

/** Pictures looked at; fewer for a trial of this script. */
const PICTURES = Number(process.env.EXPLAIN_PICTURES ?? 300);
const FIRST = [3, 5];
const WAYS = Object.keys(LENSES).flatMap((by) => [false, true].map((contrast) => ({ by, contrast })));

const scenes = JSON.parse(readFileSync(join(world.WORLD, "scenes.json"), "utf8")).slice(0, PICTURES);
const percent = (share) => (100 * share).toFixed(1);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What is looked through: name in the table, and the adapters of it with the family whose tokens their rows are. */
async function adapterKinds(place) {
  const ofFamilies = (adapters) =>
    world.FAMILIES.flatMap((family) => adapters(family).map((one) => ({ family, ...one })));
  const moved = await inParallel(
    [...world.CHOOSING, ...world.REPORTING].map(([family, target]) => async () => {
      const options = { adapter: world.paperAdapter(family, 0), target, align: "sparse" };
      return { family, adapter: (await transfer(place, options)).adapter };
    }),
  );
  return {
    paper: ofFamilies((family) => world.SEEDS.map((seed) => ({ adapter: world.paperAdapter(family, seed) }))),
    anchored: ofFamilies((family) => [{ adapter: world.anchoredAdapter(family) }]),
    "paper, transferred by sparse": moved,
    mlp2x_gelu: ofFamilies((family) => [{ adapter: world.ordinaryAdapter(family), llm: world.llm(family) }]),
    "mlp2x_gelu, listed": ofFamilies((family) => [
      { adapter: world.ordinaryAdapter(family), llm: world.llm(family), vocabularyFile: world.counts(family) },
    ]),
  };
}

export default async function run() {
  const place = openWorkplace();
  try {
    const started = performance.now();
    const kinds = await adapterKinds(place);
    const jobs = Object.entries(kinds).flatMap(([kind, adapters]) =>
      WAYS.filter(({ by }) => by !== "weights" || !kind.startsWith("mlp")).flatMap((way) =>
        adapters.map((one) => async () => ({ kind, way, ...(await wordsNamed(place, one, way)) })),
      ),
    );
    const progress = (done, all) => process.stderr.write(`\rlooked through ${done}/${all} `);
    const runs = await inParallel(jobs, { onDone: progress });
    const named = Object.keys(kinds).flatMap((kind) =>
      WAYS.flatMap(({ by, contrast }) => {
        const own = runs.filter((run) => run.kind === kind && run.way.by === by && run.way.contrast === contrast);
        return own.length === 0 ? [] : [{ kind, by, contrast, ...meanOf(own) }];
      }),
    );
    return report({ pictures: scenes.length, named, seeds: await seedsShare(place) }, performance.now() - started);
  } finally {
    place.finish();
  }
}

const meanOf = (runs) => ({
  ...Object.fromEntries(FIRST.map((count) => [`top${count}`, mean(runs.map((run) => run.found[count]))])),
  otherCell: mean(runs.map((run) => run.otherCell)),
});

const planFor = (options) =>
  planExplanation({
    images: scenes.map(({ image }) => join(world.images, image)),
    vision: world.vision,
    top: Math.max(...FIRST),
    ...options,
  });

/** Shares of the words named among the first tokens; as a control, of the words of the next picture's object in that cell. */
async function wordsNamed(place, { family, ...options }, way) {
  const plan = await planFor({ ...options, ...way });
  const pieces = await wordPieces(family);
  const { tokens } = plan.views[0];
  const hits = { 3: [], 5: [], other: [] };
  let index = 0;
  for await (const { views } of explainImages(plan, { cacheFolder: place.cacheFolder, threads: 1 })) {
    const cells = scenes[index++].cells;
    const others = scenes[index % scenes.length].cells;
    views[0].patches.forEach((patch, at) => {
      const bytes = patch.tokens.map(({ row }) => tokens[row].bytes);
      for (const count of FIRST) hits[count].push(...namedWords(cells[at], bytes.slice(0, count), pieces));
      hits.other.push(...namedWords(cells[at] && others[at], bytes, pieces));
    });
  }
  return { found: { 3: mean(hits[3]), 5: mean(hits[5]) }, otherCell: mean(hits.other) };
}

/** 1 or 0 for each word of an object: it is among the tokens, or all pieces are that the tokenizer splits it into. */
function namedWords(object, bytes, pieces) {
  return Object.values(object ?? {}).map((word) =>
    Number(bytes.some((token) => token?.trim() === word) || pieces(word).every((piece) => bytes.includes(piece))),
  );
}

async function wordPieces(family) {
  const vocabulary = await readTokenizer(world.llm(family));
  const split = createSplitter(vocabulary);
  return (word) => split(` ${word}`).map((id) => vocabulary.byteStrings[id]);
}

/** How much of their tokens two trainings of the same adapter share, seed 0 beside 1. */
async function seedsShare(place) {
  const rows = [];
  for (const by of Object.keys(LENSES)) {
    const shared = [];
    for (const family of world.FAMILIES) {
      const [adapter, compare] = [0, 1].map((seed) => world.paperAdapter(family, seed));
      const plan = await planFor({ adapter, compare, by });
      for await (const { views } of explainImages(plan, { cacheFolder: place.cacheFolder, threads: 1 })) {
        const [one, other] = views.map(({ patches }, i) => ({ patches, tokens: plan.views[i].tokens }));
        shared.push(sharedTokens(one, other));
      }
    }
    rows.push({ by, ...meanShared(shared) });
  }
  return rows;
}

function report(figures, milliseconds) {
  writeMeasured({ "explain.json": `${JSON.stringify(figures, null, 2)}\n` });
  process.stderr.write("\r");
  const name = ({ by, contrast }) => `${by}${contrast ? ", contrast" : ""}`;
  const rows = [
    ...figures.named.map((row) => [
      `${row.kind}: ${name(row)}`,
      `named among 3: ${percent(row.top3)} %, among 5: ${percent(row.top5)} %; another object's words: ${percent(row.otherCell)} %`,
    ]),
    ...figures.seeds.map(({ by, ofFirst, ofSecond, byChance }) => [
      `two seeds by ${by}`,
      `share ${percent((ofFirst + ofSecond) / 2)} % of the weight, by chance ${percent(byChance)} %`,
    ]),
    ["took", `${(milliseconds / 60_000).toFixed(1)} min`],
  ];
  return { rows, ...figures };
}
