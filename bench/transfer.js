// transfer and inspect at the sizes people have: an 8B target, an adapter of 19,200 rows and 5,120 hidden units, two
// tokenizers of some 150,000 tokens. Ratios compare with `cp` of the same bytes and with the official recipe in PyTorch.
import { spawnSync } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { planTransfer } from "../dist/src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../dist/src/transfer/transfer.js";
import { measureCommand, median } from "./lib/measure.js";
import { CACHE, cachedFolder, writeJson, writeRandomSafetensors } from "./lib/synthetic.js";
import { fillAdapter } from "./lib/synthetic-adapter.js";
import { syntheticTokenizer } from "./lib/tokenizer.js";

const BIN = join(dirname(fileURLToPath(import.meta.url)), "..", "bin", "run.js");
const ROUNDS = 5;
const [ROWS, MLP_HIDDEN, VISION_HIDDEN] = [19_200, 5_120, 1_024];
const [TARGET_VOCAB, TARGET_HIDDEN] = [128_256, 4_096];

/** An LLM folder whose first shard holds the embedding table, as the shards of an 8B model do. */
async function fillTarget(folder) {
  const table = "model.embed_tokens.weight";
  const [first, second] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  writeJson(folder, "config.json", { model_type: "llama", vocab_size: TARGET_VOCAB, hidden_size: TARGET_HIDDEN });
  writeJson(folder, "tokenizer.json", syntheticTokenizer(TARGET_VOCAB, { skip: 7 }));
  writeJson(folder, "model.safetensors.index.json", {
    metadata: {},
    weight_map: { [table]: first, "model.norm.weight": second },
  });
  await writeRandomSafetensors(join(folder, first), {
    [table]: { dtype: "BF16", shape: [TARGET_VOCAB, TARGET_HIDDEN] },
  });
  await writeRandomSafetensors(join(folder, second), {
    "model.norm.weight": { dtype: "BF16", shape: [TARGET_HIDDEN] },
  });
}

async function fillTokenizer(folder) {
  writeJson(folder, "tokenizer.json", syntheticTokenizer(150_000));
}

/** Reading, writing and verifying alone: the plan, with its tokenizers, is made before the clock starts. */
async function timeExecute(adapter, target) {
  const output = join(CACHE, "output");
  rmSync(output, { recursive: true, force: true });
  const plan = await planTransfer({ adapter, target });
  const start = performance.now();
  await executeTransfer(plan, { output, toolVersion: "bench" });
  return (performance.now() - start) / 1000;
}

function timeCopy() {
  const [from, to] = [join(CACHE, "output", "model.safetensors"), join(CACHE, "copy")];
  rmSync(to, { force: true });
  const start = performance.now();
  spawnSync("cp", [from, to]);
  return (performance.now() - start) / 1000;
}

const OFFICIAL = `
import sys, json, glob, torch
from safetensors.torch import load_file
target, vocab, output = sys.argv[1:]
state = {}
for shard in sorted(glob.glob(target + "/*.safetensors")): state.update(load_file(shard))
ids = [i % ${TARGET_VOCAB} for i in json.load(open(vocab)).values()]
rows = torch.index_select(state["model.embed_tokens.weight"].float(), 0, torch.tensor(ids))
torch.save(torch.nn.Parameter(rows), output)
`;

/** The official recipe, load everything, select, save; undefined where PyTorch is not there ($PYTHON names another). */
async function timeOfficial(adapter, target) {
  const python = process.env.PYTHON ?? "python3";
  if (spawnSync(python, ["-c", "import torch, safetensors"]).status !== 0) return undefined;
  const args = ["-c", OFFICIAL, target, join(adapter, "mm_vocab.json"), join(CACHE, "official.pt")];
  return measureCommand(python, args);
}

export default async function run() {
  const target = await cachedFolder("target-8b", fillTarget);
  const adapter = await cachedFolder("adapter-19200", (folder) =>
    fillAdapter(folder, { rows: ROWS, visionHidden: VISION_HIDDEN, mlpHidden: MLP_HIDDEN }),
  );
  const tokenizer = await cachedFolder("tokenizer-150k", fillTokenizer);
  await timeExecute(adapter, target); // Warms the page cache for both sides.
  const [executes, copies] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    executes.push(await timeExecute(adapter, target));
    copies.push(timeCopy());
  }
  const ratios = { wallOverCopy: median(executes.map((seconds, i) => seconds / copies[i])) };
  const whole = await measureCommand(process.execPath, [
    BIN,
    "transfer",
    adapter,
    target,
    "--force",
    "--output",
    join(CACHE, "output"),
  ]);
  const inspect = await measureCommand(process.execPath, [BIN, "inspect", tokenizer, target]);
  const help = await measureCommand(process.execPath, [BIN, "--help"]);
  const official = await timeOfficial(adapter, target);
  if (official) ratios.official = official.seconds / whole.seconds;
  const bytes = statSync(join(CACHE, "output", "model.safetensors")).size;
  const seconds = (value) => `${value.toFixed(2)} s`;
  return {
    rows: [
      ["bytes written", `${(bytes / 1e6).toFixed(0)} MB`],
      ["read + write + verify", seconds(median(executes))],
      ["cp of the same bytes", seconds(median(copies))],
      ["ratio to cp", ratios.wallOverCopy.toFixed(2)],
      ["whole command", `${seconds(whole.seconds)}, peak ${whole.peakMB.toFixed(0)} MB`],
      ["inspect of two tokenizers", `${seconds(inspect.seconds)}, peak ${inspect.peakMB.toFixed(0)} MB`],
      ["--help", seconds(help.seconds)],
      [
        "official recipe",
        official ? `${seconds(official.seconds)}, peak ${official.peakMB.toFixed(0)} MB` : "no PyTorch",
      ],
    ],
    ratios,
    peakMemoryMB: whole.peakMB,
    seconds: {
      execute: median(executes),
      copy: median(copies),
      command: whole.seconds,
      inspect: inspect.seconds,
      help: help.seconds,
    },
  };
}
