// The small world of fixtures/, and the methods that `bench/zero-shot.js` compares on it.
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
export const ordinaryAdapter = (family) => join(WORLD, "adapters", family, "mlp2x_gelu");
export const counts = (family) => join(WORLD, "adapters", family, "counts.json");

const grid = (first, second) => first.flatMap((a) => second.map((b) => ({ ...a, ...b })));
const values = (name, ...all) => all.map((value) => (value === undefined ? {} : { [name]: value }));

/** What each method may be set to; the best of `settings` on the choosing pairs is reported on the others. */
export const METHODS = {
  "none, dropped": { align: "none", missing: "drop", settings: [{}] },
  "none, subword": { align: "none", missing: "subword", settings: [{}] },
  "none, knn": { align: "none", missing: "knn", settings: [{}] },
  "none, omp": { align: "none", missing: "omp", settings: [{}] },
  ridge: { align: "ridge", settings: grid(values("lambda", undefined, 0.1, 1, 10), values("rescale", false, true)) },
  procrustes: { align: "procrustes", settings: values("rescale", false, true) },
  soft: { align: "soft", settings: grid(values("temperature", 0.03, 0.05, 0.1, 0.15), values("words", 64, 448)) },
  sparse: { align: "sparse", settings: grid(values("k", 2, 3, 4, 6), values("words", 32, 64, 128, 448)) },
};
