// What `npm run bench -- real` runs: transfers and evaluations by the library, as `langbridge transfer` and `langbridge eval` do them.
// Answers are kept by what decides them, so that a run that was stopped, and one with other code, asks only what is new.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadAdapter } from "../../dist/src/adapter/load.js";
import { evaluateModel } from "../../dist/src/benchmark/run/evaluate-model.js";
import { hashModel } from "../../dist/src/checkpoint/hash-model.js";
import { writeSafetensors } from "../../dist/src/checkpoint/safetensors/write.js";
import { readTensor } from "../../dist/src/files/read-tensor.js";
import { openLlm } from "../../dist/src/model/llm/llm-folder.js";
import { normalNumbers } from "../../dist/src/tensor/random.js";
import { distilTransfer } from "../../dist/src/transfer/distil/distil-transfer.js";
import { planTransfer } from "../../dist/src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../dist/src/transfer/transfer.js";
import { loadAnswerer } from "../../dist/src/vlm/load-answerer.js";
import { shiftedImages } from "./evaluations.js";
import { toldQuestions } from "./real-world.js";

const TOOL = "bench";
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * The place of a run: `questions` of `world`, kept under `folder`. `onStage` is told what begins and `onProgress` how far it is.
 */
export function openRows({ world, questions, folder, onStage = () => {}, onProgress, signal }) {
  const write = (name, rows) => {
    const file = join(folder, name, `${sha256(JSON.stringify(rows)).slice(0, 12)}.jsonl`);
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(file, `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
    return file;
  };
  const asked = write("questions", questions);
  const told = write("told", toldQuestions(questions, world.scenes));
  const pictures = [...new Set(questions.map(({ image }) => image))];
  const cacheFolder = join(folder, "cache");
  const common = { cacheFolder, signal, onProgress };
  let shifted;

  /**
   * An adapter transferred to a target; `options` are the plan's. Always made anew: what takes long about it is in the product's cache.
   */
  async function transfer(name, { distilled = false, byPictures = false, source, ...options }) {
    onStage(`transfer: ${name}`);
    const output = join(folder, "adapters", name.replaceAll(/[^\w.-]+/g, "_"));
    rmSync(output, { recursive: true, force: true });
    const examples = byPictures ? { images: world.unlabelled, vision: world.vision } : undefined;
    const plan = await planTransfer({
      ...options,
      source,
      distilled,
      ...(examples && { examples }),
      signal,
      onProgress,
    });
    const report = await (distilled ? distilTransfer : executeTransfer)(plan, { ...common, output, toolVersion: TOOL });
    return { adapter: output, checks: report.checks };
  }

  /** Right answers and questions of each picture, (pictures, 2), in the order of `questions`. */
  async function evaluate(name, { adapter, llm, blind = false, tellsWords = false, shows = "its own picture" }) {
    const data = tellsWords ? told : asked;
    const identity = [hashFolder(adapter), await hashModel((await openLlm(llm)).checkpoint), data, blind, shows];
    const output = join(folder, "answers", sha256(JSON.stringify(identity)).slice(0, 16));
    const kept = join(output, "results.json");
    onStage(`${existsSync(kept) ? "kept" : "asked"}: ${name}`);
    if (!existsSync(kept)) await ask({ adapter, llm, blind, data, shows, output });
    const { groups } = JSON.parse(readFileSync(kept, "utf8"));
    return tellsWords ? byPicture(groups.sums) : groups.sums;
  }

  async function ask({ adapter, llm, blind, data, shows, output }) {
    shifted ??= shiftedImages(
      { path: () => replaced(join(folder, "shifted")) },
      { from: world.images, names: pictures },
    );
    const model = { adapter, llm, vision: world.vision };
    await evaluateModel({
      ...{ benchmark: "custom", data, images: shows === "another picture" ? shifted : world.images },
      ...{ selection: { limit: null, seed: null }, shard: null, blind, restart: false, skipMissing: false },
      ...{ reusePrefix: true, baselines: [], output, tool: TOOL, signal, onProgress },
      load: () => loadAnswerer({ model, conversation: "none", ...common }),
    });
  }

  /** Questions without a picture are groups of their own; here they are counted with those about their picture. */
  function byPicture(sums) {
    const total = new Map(pictures.map((image) => [image, [0, 0]]));
    sums.forEach(([right, all], row) => {
      const of = total.get(questions[row].image);
      of[0] += right;
      of[1] += all;
    });
    return [...total.values()];
  }

  /** An adapter of the same form as another one, with random weights: what training did not make. */
  async function untrained(adapter) {
    const { projector, checkpoint } = await loadAdapter(adapter);
    const output = replaced(join(folder, "adapters", "untrained"));
    mkdirSync(output, { recursive: true });
    for (const name of readdirSync(adapter).filter((file) => file.endsWith(".json"))) {
      writeFileSync(join(output, name), readFileSync(join(adapter, name)));
    }
    const layers = new Set(Object.values(projector.layers).flatMap(({ weight, bias }) => [weight.name, bias.name]));
    const written = [];
    for (const [i, tensor] of [...checkpoint.tensors.values()].entries()) {
      const { name, dtype, shape } = tensor;
      const isLayer = layers.has(name);
      const data = isLayer ? randomLayer(shape, i) : await readTensor(tensor);
      written.push({ name, dtype: isLayer ? "F32" : dtype, shape, data });
    }
    await writeSafetensors(join(output, "model.safetensors"), written, {});
    return output;
  }

  return {
    transfer,
    evaluate,
    untrained,
    pictures,
    place: { path: (name) => replaced(join(folder, "adapters", name)) },
  };
}

/** Numbers of the spread that PyTorch's initial weights have, the root of 1 / (3 x inputs). */
function randomLayer(shape, seed) {
  const count = shape.reduce((product, size) => product * size, 1);
  const spread = 1 / Math.sqrt(3 * shape.at(-1));
  const values = normalNumbers(count, seed + 1).map((value) => value * spread);
  return new Uint8Array(values.buffer);
}

function replaced(folder) {
  rmSync(folder, { recursive: true, force: true });
  return folder;
}

/** Of an adapter's weights and settings; reports hold times. */
function hashFolder(folder) {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) {
    if (name !== "transfer_report.json") hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}
