// What looks at vectors when an adapter is transferred, at the sizes people have: 19,200 rows, both tables 4,096 wide. Whole commands.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureCommand } from "./lib/measure.js";
import { CACHE, cachedFolder, writeJson, writeRandomSafetensors } from "./lib/synthetic.js";
import { fillAdapter } from "./lib/synthetic-adapter.js";
import { syntheticTokenizer } from "./lib/tokenizer.js";

const BIN = join(dirname(fileURLToPath(import.meta.url)), "..", "bin", "run.js");
const [ROWS, WIDTH, TARGET_VOCAB] = [19_200, 4_096, 128_256];
/** The projector is small, so that what is measured is the work on the tables. */
const HIDDEN = 64;
const METHODS = [
  ["--missing", "knn"],
  ["--missing", "omp"],
  ["--align", "ridge"],
  ["--align", "procrustes"],
];

async function fillTarget(folder) {
  writeJson(folder, "config.json", { model_type: "llama", vocab_size: TARGET_VOCAB, hidden_size: WIDTH });
  writeJson(folder, "tokenizer.json", syntheticTokenizer(TARGET_VOCAB, { skip: 7 }));
  await writeRandomSafetensors(join(folder, "model.safetensors"), {
    "model.embed_tokens.weight": { dtype: "BF16", shape: [TARGET_VOCAB, WIDTH] },
  });
}

/** Measures each method once. */
export default async function run() {
  const target = await cachedFolder("align-target", fillTarget);
  const adapter = await cachedFolder("align-adapter", (folder) =>
    fillAdapter(folder, { rows: ROWS, visionHidden: HIDDEN, mlpHidden: HIDDEN, matrixWidth: WIDTH }),
  );
  const output = join(CACHE, "align-output");
  const methods = {};
  for (const flags of METHODS) {
    rmSync(output, { recursive: true, force: true });
    const args = [BIN, "transfer", adapter, target, "--output", output, ...flags, "--json"];
    const { seconds, peakMB, output: printed } = await measureCommand(process.execPath, args);
    const { counts } = JSON.parse(printed);
    methods[flags.join(" ")] = { seconds, peakMB, counts };
  }
  rmSync(output, { recursive: true, force: true });
  const rows = Object.entries(methods).map(([name, { seconds, peakMB, counts }]) => [
    name,
    `${seconds.toFixed(1)} s, peak ${peakMB.toFixed(0)} MB, rows ${JSON.stringify(counts)}`,
  ]);
  return { rows, methods };
}
