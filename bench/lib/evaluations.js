// Answers the small world's questions through the library, as `langbridge transfer` and `langbridge eval` would.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pMap from "p-map";
import { evaluateModel } from "../../dist/src/benchmark/run/evaluate-model.js";
import { loadAnswerer } from "../../dist/src/vlm/load-answerer.js";
import { seededRandom, shuffled } from "../../dist/src/tensor/random.js";
import { openCheckpoint } from "../../dist/src/checkpoint/checkpoint.js";
import { writeSafetensors } from "../../dist/src/checkpoint/safetensors/write.js";
import { readTensor } from "../../dist/src/files/read-tensor.js";
import { planTransfer } from "../../dist/src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../dist/src/transfer/transfer.js";
import { images, llm, questions, vision } from "./small-world.js";

/** One folder for everything of a run; remove it with `finish`. */
export function openWorkplace() {
  const folder = mkdtempSync(join(tmpdir(), "langbridge-zero-shot-"));
  let made = 0;
  return {
    cacheFolder: join(folder, "cache"),
    path: (name = "run") => join(folder, `${name}-${made++}`),
    finish: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The adapter transferred to a family by one method; returns its folder. */
export async function transfer(place, options) {
  const { adapter, source, target, align, missing, settings, vocabularyFile, byPictures = false } = options;
  const output = place.path("adapter");
  const plan = await planTransfer({
    ...{ adapter, target: llm(target), align, missing, alignSettings: settings, vocabularyFile },
    ...(source && { source: llm(source) }),
    ...(byPictures && { examples: { images, vision } }),
  });
  const report = await executeTransfer(plan, { output, toolVersion: "bench" });
  return { adapter: output, settings: report.align.settings };
}

/** Right answers and questions of each image, (images, 2), and the share right. */
export async function evaluate(place, { adapter, family, limit = null, blind = false, imageFolder = images }) {
  const output = place.path();
  const load = () =>
    loadAnswerer({ model: { adapter, llm: llm(family), vision }, cacheFolder: place.cacheFolder, threads: 1 });
  const { groups, primary } = await evaluateModel({
    ...{
      benchmark: "gqa",
      data: questions,
      images: imageFolder,
      selection: { limit, seed: limit === null ? null : 0 },
    },
    ...{ shard: null, blind, restart: true, skipMissing: false, reusePrefix: true, baselines: [], output, load },
    tool: "bench",
  });
  rmSync(output, { recursive: true, force: true });
  return { right: primary.value, sums: groups.sums };
}

/** The pictures under each other's names, one place on: every question is asked about another image. */
export function shiftedImages(place, { from = images, names = readdirSync(from).sort() } = {}) {
  const folder = place.path("shifted");
  mkdirSync(folder);
  names.forEach((name, i) => copyFileSync(join(from, names[(i + 1) % names.length]), join(folder, name)));
  return folder;
}

/** A copy of an adapter whose target rows stand in another order: what each token says is another token's. */
export async function withShuffledRows(place, adapter) {
  const folder = place.path("shuffled");
  mkdirSync(folder);
  for (const name of ["config.json", "vocabulary.json"]) copyFileSync(join(adapter, name), join(folder, name));
  const { tensors } = await openCheckpoint(adapter);
  const written = [];
  for (const tensor of tensors.values()) {
    const { name, dtype, shape } = tensor;
    const bytes = await readTensor(tensor);
    written.push({ name, dtype, shape, data: name === "mm_vocab_matrix" ? shuffleRows(bytes, shape[0]) : bytes });
  }
  await writeSafetensors(join(folder, "model.safetensors"), written, {});
  return folder;
}

function shuffleRows(bytes, rows) {
  const rowBytes = bytes.length / rows;
  const order = shuffled(
    Array.from({ length: rows }, (_, row) => row),
    seededRandom(0),
  );
  return Buffer.concat(order.map((row) => bytes.subarray(row * rowBytes, (row + 1) * rowBytes)));
}

/** Runs `jobs` (functions that give promises) two at a time and gives their results in order. */
export async function inParallel(jobs, { onDone = () => {} } = {}) {
  let done = 0;
  const run = async (job) => {
    const result = await job();
    onDone(++done, jobs.length);
    return result;
  };
  return pMap(jobs, run, { concurrency: 2 });
}
