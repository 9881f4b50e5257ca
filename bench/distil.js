// What an ordinary projector of two layers keeps of a transfer that decodes while it runs (`transfer --projector mlp`), on the trained models
// of fixtures/small-world: by the number of pictures that it is fitted to, and by their kind. Writes bench/measured/distil.json.
//
//     DISTIL_PICTURES=FOLDER npm run bench -- distil
//
// The folder holds 3,000 training pictures, which `python fixtures/small-world/make pictures` writes.
import { join } from "node:path";
import { distilTransfer, planTransfer } from "../dist/src/index.js";
import { evaluate, inParallel, openWorkplace, transfer } from "./lib/evaluations.js";
import { writeMeasured } from "./lib/measured.js";
import * as world from "./lib/small-world.js";

const { DISTIL_PICTURES: drawn, DISTIL_QUESTIONS: questions } = process.env;
/** Fewer questions for a trial of this script. */
const limit = questions === undefined ? null : Number(questions);
/** Emoji and shapes on grounds that no picture of the benchmark has. */
const EMOJI = join(world.WORLD, "..", "real-world", "images", "val");
const FITS = [
  ...[100, 300, 1000, 3000].map((pictures) => ({
    name: `${pictures} drawn`,
    images: drawn,
    pictures,
  })),
  { name: "300 emoji", images: EMOJI, pictures: 300 },
];
const SOURCES = [
  {
    kind: "paper",
    adapterOf: (family) => world.paperAdapter(family, 0),
    vocabularyFile: () => undefined,
  },
  {
    kind: "mlp2x_gelu",
    adapterOf: world.ordinaryAdapter,
    vocabularyFile: world.counts,
  },
];

export default async function run() {
  if (drawn === undefined) throw new Error("DISTIL_PICTURES: name a folder of 3,000 training pictures");
  const place = openWorkplace();
  try {
    const cases = SOURCES.flatMap((source) => world.REPORTING.map(([from, to]) => ({ ...source, from, to })));
    const jobs = cases.flatMap((one) => [
      () => measureDecoding(place, one),
      ...FITS.map((fit) => () => measureFit(place, one, fit)),
    ]);
    const onDone = (done, all) => process.stderr.write(`\rtransfers ${done}/${all} `);
    return report(await inParallel(jobs, { onDone }));
  } finally {
    place.finish();
  }
}

const given = ({ adapterOf, vocabularyFile, from, to }) => ({
  ...{ adapter: adapterOf(from), vocabularyFile: vocabularyFile(from) },
  ...(vocabularyFile(from) && { source: from }),
  target: to,
});

/** The transfer itself, which decodes every patch while it runs. */
async function measureDecoding(place, one) {
  const { adapter } = await transfer(place, { ...given(one), align: "sparse" });
  return measured(place, one, "decoded", { adapter });
}

async function measureFit(place, one, { name, images, pictures }) {
  const { source, target, ...rest } = given(one);
  const plan = await planTransfer({
    ...{
      ...rest,
      target: world.llm(target),
      ...(source && { source: world.llm(source) }),
    },
    ...{
      examples: { images, vision: world.vision },
      distilled: true,
      align: "sparse",
    },
  });
  const output = place.path("distilled");
  const { distilled } = await distilTransfer(plan, {
    ...{
      output,
      pictures,
      toolVersion: "bench",
      cacheFolder: place.cacheFolder,
    },
  });
  const { r2, cosine, lambda, units, patches } = distilled;
  return measured(place, one, name, {
    adapter: output,
    fit: { r2, cosine, lambda, units, patches },
  });
}

async function measured(place, { kind, from, to }, name, { adapter, fit }) {
  const { right } = await evaluate(place, { adapter, family: to, limit });
  return { kind, from, to, name, right, ...fit };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share) => (100 * share).toFixed(1);

function report(runs) {
  const rows = SOURCES.flatMap(({ kind }) => {
    const own = runs.filter((run) => run.kind === kind);
    const decoded = own.filter(({ name }) => name === "decoded");
    return ["decoded", ...FITS.map(({ name }) => name)].map((name) => {
      const of = own.filter((run) => run.name === name);
      const lost = of.map(({ right }, i) => 100 * (decoded[i].right - right));
      const [right, most] = [mean(of.map((run) => run.right)), Math.max(...lost)];
      const r2 = name === "decoded" ? undefined : mean(of.map((run) => run.r2));
      return {
        kind,
        name,
        right,
        lost: mean(lost),
        most,
        ...(r2 !== undefined && { r2 }),
      };
    });
  });
  if (limit === null)
    writeMeasured({
      "distil.json": `${JSON.stringify({ rows, runs }, null, 2)}\n`,
    });
  return {
    rows: rows.map(({ kind, name, right, lost, most, r2 }) => [
      `${kind}, ${name}`,
      `${percent(right)} % right, ${lost.toFixed(1)} points below decoding (at most ${most.toFixed(1)})${r2 === undefined ? "" : `, R2 ${r2.toFixed(2)}`}`,
    ]),
    ratios: {},
    runs,
  };
}
