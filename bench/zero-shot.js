// What an adapter keeps in another LLM without any tuning, by every method of `transfer`, on the trained models of
// fixtures/small-world. Settings are chosen on three ordered pairs of families and reported on the other three; each figure
// comes from the library's own transfer and evaluation. Writes bench/measured/zero-shot.json and the tables
// and the figure that are made of it.
import { ALIGN_METHODS } from "../dist/src/transfer/align/methods.js";
import { evaluate, inParallel, openWorkplace, shiftedImages, transfer, withShuffledRows } from "./lib/evaluations.js";
import { writeMeasured } from "./lib/measured.js";
import { retention } from "./lib/retention.js";
import * as world from "./lib/small-world.js";

/** Questions asked while settings are chosen, of one adapter a pair; the report asks all, of every adapter. */
const CHOOSING_QUESTIONS = Number(process.env.ZERO_SHOT_CHOOSING ?? 240);
/** Fewer questions for a trial of this script. */
const QUESTIONS = process.env.ZERO_SHOT_QUESTIONS === undefined ? null : Number(process.env.ZERO_SHOT_QUESTIONS);

const percent = (share) => (100 * share).toFixed(1);
const methods = Object.entries(world.METHODS).filter(([, { align }]) => Object.hasOwn(ALIGN_METHODS, align));
const progress = (what) => ({ onDone: (done, all) => process.stderr.write(`\r${what} ${done}/${all} `) });

export default async function run() {
  const place = openWorkplace();
  try {
    const started = performance.now();
    const anchors = await measureAnchors(place, QUESTIONS);
    const few = await measureAnchors(place, CHOOSING_QUESTIONS, [0]);
    const chosen = await chooseSettings(place, few);
    const pairs = { choosing: world.CHOOSING, reporting: world.REPORTING };
    const results = {};
    for (const [name, list] of Object.entries(pairs))
      results[name] = await measurePairs(place, list, { anchors, chosen });
    const ordinary = await measureOrdinary(place, anchors, chosen);
    const anchored = await measureAnchored(place, anchors);
    const minutes = (performance.now() - started) / 60_000;
    return report({ anchors, chosen, results, ordinary, anchored, minutes });
  } finally {
    place.finish();
  }
}

/** Of each family its own adapters: what they reach on their LLM, and what a zero image reaches there. */
async function measureAnchors(place, limit, seeds = world.SEEDS) {
  const jobs = world.FAMILIES.flatMap((family) =>
    seeds.flatMap((seed) =>
      [false, true].map((blind) => async () => {
        const adapter = world.paperAdapter(family, seed);
        return { family, seed, blind, ...(await evaluate(place, { adapter, family, limit, blind })) };
      }),
    ),
  );
  const runs = await inParallel(jobs, progress("sources"));
  const sums = (family, blind) => runs.filter((r) => r.family === family && r.blind === blind).map((r) => r.sums);
  return {
    source: (family, seed) => runs.find((r) => r.family === family && r.seed === seed && !r.blind).sums,
    bound: (family) => sums(family, false),
    blind: (family) => sums(family, true),
    right: (family, blind) => runs.filter((r) => r.family === family && r.blind === blind).map((r) => r.right),
  };
}

/** One transfer and its answers, ready for `retention`. */
async function measureOne(place, anchors, { source, target, seed, method, settings, limit }) {
  const { align, missing, byPictures } = method;
  const adapter = world.paperAdapter(source, seed);
  const given = world.settingsFor(source, settings);
  const moved = await transfer(place, { adapter, target, align, missing, byPictures, settings: given });
  const { sums } = await evaluate(place, { adapter: moved.adapter, family: target, limit });
  return { moved, run: { after: sums, ...yardsticks(anchors, { source, target, seed }) } };
}

const yardsticks = (anchors, { source, target, seed }) => ({
  ...{ source: anchors.source(source, seed), blind: anchors.blind(target), bound: anchors.bound(target) },
});

/** The settings of each method that keep most on the choosing pairs, with what each kept there. */
async function chooseSettings(place, anchors) {
  const trials = methods.flatMap(([name, method]) => method.settings.map((settings) => ({ name, method, settings })));
  const jobs = trials
    .filter(({ method }) => method.settings.length > 1)
    .flatMap((trial) =>
      world.CHOOSING.map(([source, target]) => async () => {
        const one = { source, target, seed: 0, limit: CHOOSING_QUESTIONS, ...trial };
        return { trial, run: (await measureOne(place, anchors, one)).run };
      }),
    );
  const done = await inParallel(jobs, progress("choosing"));
  return Object.fromEntries(
    methods.map(([name, method]) => {
      const tried = trials
        .filter((trial) => trial.name === name && method.settings.length > 1)
        .map((trial) => ({
          settings: trial.settings,
          kept: retention(done.filter((r) => r.trial === trial).map((r) => r.run)).kept.value,
        }));
      const best = tried.toSorted((a, b) => b.kept - a.kept)[0] ?? { settings: method.settings[0] };
      return [name, { settings: best.settings, tried }];
    }),
  );
}

/** Every method on some pairs, with all adapters, and the controls of the best one. */
async function measurePairs(place, pairs, { anchors, chosen }) {
  const shifted = shiftedImages(place);
  const cases = pairs.flatMap(([source, target]) => world.SEEDS.map((seed) => ({ source, target, seed })));
  const jobs = methods.flatMap(([name, method]) =>
    cases.map((one) => async () => {
      const { settings } = chosen[name];
      const { moved, run } = await measureOne(place, anchors, { ...one, method, settings, limit: QUESTIONS });
      const controls =
        name === "sparse" ? await measureControls(place, moved.adapter, { ...one, shifted, anchors }) : [];
      return [{ name, ...one, run }, ...controls];
    }),
  );
  const runs = (await inParallel(jobs, progress("transfers"))).flat();
  const names = [...new Set(runs.map(({ name }) => name))];
  return Object.fromEntries(
    names.map((name) => {
      const own = runs.filter((run) => run.name === name);
      const perPair = pairs.map(([source, target]) => ({
        ...{ source, target },
        ...retention(own.filter((r) => r.source === source && r.target === target).map(({ run }) => run)),
      }));
      return [name, { ...retention(own.map(({ run }) => run)), pairs: perPair }];
    }),
  );
}

async function measureControls(place, adapter, { shifted, anchors, ...one }) {
  const family = one.target;
  const other = await evaluate(place, { adapter, family, limit: QUESTIONS, imageFolder: shifted });
  const shuffled = await evaluate(place, { adapter: await withShuffledRows(place, adapter), family, limit: QUESTIONS });
  const control = (name, { sums }) => ({ name, ...one, run: { after: sums, ...yardsticks(anchors, one) } });
  return [control("sparse, another image", other), control("sparse, shuffled rows", shuffled)];
}

/** LLaVA's ordinary projectors, one a family, described by the tokens of the source's ranking. */
function measureOrdinary(place, anchors, chosen) {
  const names = ["ridge", "procrustes", "soft", "sparse"].filter((name) => Object.hasOwn(chosen, name));
  const entries = names.map((name) => [name, { align: world.METHODS[name].align, settings: chosen[name].settings }]);
  const vocabularyFile = world.counts;
  return measureOthers(place, anchors, { adapterOf: world.ordinaryAdapter, entries, vocabularyFile });
}

/** The positive control, whose coefficients name tokens. */
const measureAnchored = (place, anchors) =>
  measureOthers(place, anchors, { adapterOf: world.anchoredAdapter, entries: Object.entries(world.ANCHORED) });

/** Adapters of another kind, one a family, on all six pairs. */
async function measureOthers(place, anchors, { adapterOf, entries, vocabularyFile = () => undefined }) {
  const pairs = [...world.CHOOSING, ...world.REPORTING];
  const own = world.FAMILIES.map((family) => async () => {
    return [family, (await evaluate(place, { adapter: adapterOf(family), family, limit: QUESTIONS })).sums];
  });
  const sources = Object.fromEntries(await inParallel(own));
  const jobs = entries.flatMap(([name, { align, settings }]) =>
    pairs.map(([source, target]) => async () => {
      const given = world.settingsFor(source, settings);
      const options = {
        adapter: adapterOf(source),
        target,
        align,
        settings: given,
        vocabularyFile: vocabularyFile(source),
      };
      const moved = await transfer(place, vocabularyFile(source) ? { ...options, source } : options);
      const { sums } = await evaluate(place, { adapter: moved.adapter, family: target, limit: QUESTIONS });
      return {
        name,
        run: { after: sums, source: sources[source], blind: anchors.blind(target), bound: sources[target] },
      };
    }),
  );
  const runs = await inParallel(jobs, progress("other adapters"));
  return Object.fromEntries(
    entries.map(([name]) => [name, retention(runs.filter((r) => r.name === name).map(({ run }) => run))]),
  );
}

function report({ anchors, chosen, results, ordinary, anchored, minutes }) {
  const figures = {
    families: Object.fromEntries(
      world.FAMILIES.map((family) => [
        family,
        { source: anchors.right(family, false), blind: anchors.right(family, true) },
      ]),
    ),
    questions: QUESTIONS ?? "all",
    ...{ chosen, ...results, ordinary, anchored },
  };
  writeMeasured({ "zero-shot.json": `${JSON.stringify(figures, null, 2)}\n` });
  process.stderr.write("\r");
  return { rows: tableRows(figures, minutes), ...figures, minutes };
}

function tableRows({ families, chosen, choosing, reporting, ordinary, anchored }, minutes) {
  const line = ({ right, kept, ofBound, least, greatest }) =>
    `right ${percent(right.value)} %, kept ${percent(kept.value)} % (${kept.interval.map(percent).join(" to ")}; runs ${percent(least)} to ${percent(greatest)}), of the upper bound ${percent(ofBound.value)} %`;
  const settings = (name) =>
    Object.entries(chosen[name]?.settings ?? {})
      .map(([key, value]) => `, ${key} ${value}`)
      .join("");
  return [
    ...Object.entries(families).map(([family, { source, blind }]) => [
      `${family}`,
      `own adapters ${source.map(percent).join(", ")} % right, blind ${blind.map(percent).join(", ")} %`,
    ]),
    ...Object.entries(reporting).map(([name, figures]) => [`reported: ${name}${settings(name)}`, line(figures)]),
    ...Object.entries(choosing).map(([name, figures]) => [`chosen on: ${name}`, line(figures)]),
    ...Object.entries(ordinary).map(([name, figures]) => [`mlp2x_gelu, six pairs: ${name}`, line(figures)]),
    ...Object.entries(anchored).map(([name, figures]) => [`anchored, six pairs: ${name}`, line(figures)]),
    ["took", `${minutes.toFixed(1)} min`],
  ];
}
