// The small world of fixtures/, and the methods that `bench/zero-shot.js` compares on it.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** ZERO_SHOT_WORLD names another copy of the small world. */
export const WORLD =
  process.env.ZERO_SHOT_WORLD ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..", "fixtures", "small-world");

export const FAMILIES = ["qwen2", "llama3", "llama2"];
export const SEEDS = [0, 1, 2];

/** Settings are chosen on one cycle of the three families and reported on the other, so that each is source and target once. */
export const CHOOSING = [
  ["qwen2", "llama3"],
  ["llama3", "llama2"],
  ["llama2", "qwen2"],
];
export const REPORTING = CHOOSING.map(([source, target]) => [target, source]);

export const llm = (family) => join(WORLD, family);
export const vision = join(WORLD, "vision");
export const images = join(WORLD, "images");
export const questions = join(WORLD, "benchmarks", "gqa");
export const paperAdapter = (family, seed) => join(WORLD, "adapters", family, `paper-${seed}`);
/** Trained to name what it sees by rows of the whole list: what plain re-indexing can keep where nothing else is lost. */
export const anchoredAdapter = (family) => join(WORLD, "adapters", family, "anchored");
export const ANCHORED = {
  none: { align: "none", settings: {} },
  sparse: { align: "sparse", settings: {} },
  "sparse, all words": { align: "sparse", settings: { words: 448 } },
};
export const ordinaryAdapter = (family) => join(WORLD, "adapters", family, "mlp2x_gelu");
export const counts = (family) => join(WORLD, "adapters", family, "counts.json");

const grid = (first, second) => first.flatMap((a) => second.map((b) => ({ ...a, ...b })));
const values = (name, ...all) => all.map((value) => (value === undefined ? {} : { [name]: value }));

/** Undefined is the value that transfer chooses by leaving tokens out. */
const LAMBDAS = values("lambda", undefined, 0.1, 10);

/** What each method may be set to; the best of `settings` on the choosing pairs is reported on the others. */
export const METHODS = {
  "none, dropped": { align: "none", missing: "drop", settings: [{}] },
  "none, subword": { align: "none", missing: "subword", settings: [{}] },
  "none, knn": { align: "none", missing: "knn", settings: [{}] },
  "none, omp": { align: "none", missing: "omp", settings: [{}] },
  ridge: {
    align: "ridge",
    settings: grid(LAMBDAS, grid(values("centre", false, true), values("rescale", false, true))),
  },
  procrustes: { align: "procrustes", settings: grid(values("centre", false, true), values("rescale", false, true)) },
  soft: { align: "soft", settings: grid(values("temperature", 0.03, 0.05, 0.1, 0.15), values("wordsPerWidth", 1, 4)) },
  sparse: { align: "sparse", settings: grid(values("k", 2, 3, 4, 6), values("wordsPerWidth", 0.5, 0.75, 1, 1.5, 4)) },
  "sparse, with a threshold": {
    align: "sparse",
    settings: grid([{ k: 4, wordsPerWidth: 1 }], values("threshold", 0.25, 0.33, 0.4, 0.5)),
  },
  // k from the patches of the pictures, adapter by adapter; no question or answer is used.
  "sparse, set by pictures": { align: "sparse", byPictures: true, settings: [{}] },
};

/** Settings as transfer takes them: the number of words is given relative to the width of the source's embeddings. */
export function settingsFor(source, { wordsPerWidth, ...settings }) {
  if (wordsPerWidth === undefined) return settings;
  const { hidden_size: width } = JSON.parse(readFileSync(join(llm(source), "config.json"), "utf8"));
  return { ...settings, words: Math.round(wordsPerWidth * width) };
}
