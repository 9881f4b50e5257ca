import { revealsShares } from "../model/projector/decoding-graph.js";
import { readFeatures } from "../checkpoint/feature-file.js";
import { throwIfAborted } from "../errors.js";
import { sha256 } from "../files/hash.js";
import { defaultCacheFolder } from "../files/cache-folder.js";
import { foldProjector } from "../runtime/parts/fold.js";
import { openGraph, type GraphFunction } from "../runtime/sessions/graph-function.js";
import { normalise } from "../image/normalise.js";
import type { RgbImage } from "../image/rgb-image.js";
import { LOADING_ADAPTER, LOADING_BOTH, type ExecutionOptions } from "../runtime/parts/load-model.js";
import { checkMemory, weightBytes } from "../runtime/devices/memory.js";
import { parseDevice } from "../runtime/sessions/device.js";
import { openDevice } from "../runtime/devices/open-device.js";
import type { PartOptions } from "../runtime/parts/part-options.js";
import { computeType, visionPrecision } from "../runtime/devices/precision.js";
import { requireFinite } from "../runtime/parts/require-finite.js";
import { placeTensor } from "../runtime/parts/placed-numbers.js";
import { VisionTower } from "../runtime/parts/vision-tower.js";
import { WorkerClient } from "../runtime/sessions/client.js";
import type { Progress } from "../progress.js";
import { preprocessedImage, type CheckedImage } from "./check-images.js";
import type { FloatType } from "../onnx/element-type.js";
import type { Lens } from "./lens.js";
import { buildLensGraph } from "./lens-graph.js";
import { readPatches, type PatchTokens } from "./patch-tokens.js";
import {
  isOfFeatures,
  type CheckedEntry,
  type ExplainFeaturesPlan,
  type ExplainPlan,
  type View,
} from "./plan-explanation.js";

/** An image and the tokens of its patches. */
export interface ExplainedImage extends CheckedImage {
  /** The picture as the vision tower took it. */
  readonly seen: RgbImage;
  /** One for each view of the plan. */
  readonly views: readonly SeenPatches[];
}

/** An entry of a file of features and the tokens of its vectors. */
export interface ExplainedEntry extends CheckedEntry {
  readonly sha256: string;
  /** One for each view of the plan; a vector stands where a patch would. */
  readonly views: readonly SeenPatches[];
}

/** The patches of an image through one adapter. */
export interface SeenPatches {
  /** Row by row. */
  readonly patches: readonly PatchTokens[];
  /** The tokens of the class token, where the adapter takes it; absent with a contrast, which is about patches. */
  readonly classToken?: PatchTokens;
}

export interface ExplainExecution extends Omit<ExecutionOptions, "contextLength"> {
  readonly onProgress?: Progress | undefined;
}

/**
 * Explains the images of a plan, one after another, in a worker thread.
 *
 * @throws UnavailableError when the device or the memory is missing
 * @throws InterruptedError once `signal` fires
 */
export async function* explainImages(
  plan: ExplainPlan,
  execution: ExplainExecution = {},
): AsyncGenerator<ExplainedImage> {
  const { signal, onProgress } = execution;
  const { grid } = plan;
  const opened = await openLenses(plan, grid.rows * grid.columns, execution);
  try {
    const tower = await VisionTower.open(plan.vision, { ...opened.parts, ...plan.visionOptions });
    for (const [done, image] of plan.images.entries()) {
      throwIfAborted(signal);
      onProgress?.({ stage: "looking at images", done, total: plan.images.length, unit: "images" });
      const seen = await preprocessedImage(image.file, plan.preprocessing);
      const features = await tower.features(normalise(seen, plan.preprocessing.processor), { signal });
      const patches = grid.rows * grid.columns;
      const views: SeenPatches[] = [];
      for (const [i, lens] of opened.lenses.entries()) {
        views.push(await look(lens, features, { patches, classToken: grid.classToken }, plan, plan.views[i]!));
      }
      yield { ...image, seen, views };
    }
  } finally {
    await opened.client.terminate();
  }
}

/**
 * Explains the entries of a plan, as `explainImages` does pictures.
 *
 * @throws what `explainImages` throws, and InputError for features that are not finite
 */
export async function* explainFeatures(
  plan: ExplainFeaturesPlan,
  execution: ExplainExecution = {},
): AsyncGenerator<ExplainedEntry> {
  const { signal, onProgress } = execution;
  const { entries, features: file } = plan;
  const opened = await openLenses(plan, Math.max(...entries.map(({ vectors }) => vectors)), execution);
  try {
    for (const [done, entry] of entries.entries()) {
      throwIfAborted(signal);
      onProgress?.({ stage: "looking at features", done, total: entries.length, unit: "steps" });
      const features = await readFeatures(file, entry.file);
      const whole = { patches: entry.vectors, classToken: false };
      const views: SeenPatches[] = [];
      for (const [i, lens] of opened.lenses.entries()) {
        views.push(await look(lens, features, whole, plan, plan.views[i]!));
      }
      const bytes = new Uint8Array(features.buffer, features.byteOffset, features.byteLength);
      yield { ...entry, sha256: sha256(bytes), views };
    }
  } finally {
    await opened.client.terminate();
  }
}

type AnyPlan = ExplainPlan | ExplainFeaturesPlan;

/** Starts the thread and opens the lens of each view, for items of at most so many patches; the caller ends the thread. */
async function openLenses(plan: AnyPlan, patches: number, execution: ExplainExecution) {
  const { device = "cpu", dtype, threads = 0, onNote, signal, onProgress } = execution;
  const { cacheFolder = defaultCacheFolder() } = execution;
  const parsedDevice = parseDevice(device); // Checked before the thread is started, which would stay.
  const client = new WorkerClient();
  try {
    const opened = await openDevice(client, parsedDevice, { signal });
    const parts: PartOptions = { client, device: opened, dtype, threads, cacheFolder, onNote, onProgress, signal };
    onProgress?.({ stage: isOfFeatures(plan) ? LOADING_ADAPTER : LOADING_BOTH, done: 0, total: 0 });
    const lenses: GraphFunction[] = [];
    for (const view of plan.views) lenses.push(await openLens(view, plan, patches, parts));
    return { client, parts, lenses };
  } catch (error) {
    await client.terminate();
    throw error;
  }
}

/** How many arrays of (patches, rows) a run holds at once. */
const SCORES_AT_ONCE = 3;

async function openLens(
  { projector, lens, tokens }: View,
  plan: AnyPlan,
  patches: number,
  parts: PartOptions,
): Promise<GraphFunction> {
  const { device, threads, signal } = parts;
  // An evaluation folds the adapter, and then there are no coefficients.
  const needsCoefficients = lens.by === "weights" && !(projector.decoding && revealsShares(projector.decoding.spec));
  const weights = needsCoefficients ? projector : await foldProjector(projector, parts);
  const precision = visionPrecision(parts.dtype, device, projector.layers[0].weight.dtype);
  const compute = computeType(precision, device);
  const graph = buildLensGraph(weights, await placedLens(lens, compute, parts), { compute }, plan);
  if (device.kind === "cpu") {
    const scores = SCORES_AT_ONCE * patches * tokens.length * Float32Array.BYTES_PER_ELEMENT;
    const what = `looking ${tokens.length} tokens up for every patch`;
    checkMemory(weightBytes(graph, "float32") + scores, what, {
      remedy: "free some memory, or list fewer tokens with --vocab",
    });
  }
  const opened = await openGraph(parts.client, graph, { device, threads, signal });
  const made = { path: projector.layers[0].weight.file, what: "the weights of tokens in a patch", precision };
  const run: GraphFunction["run"] = async (feeds) => {
    const outputs = await opened.run(feeds);
    for (const { data } of Object.values(outputs)) requireFinite(data, made);
    return outputs;
  };
  return { ...opened, run };
}

/** A lens over tables that a graph can read: those of a GGUF file lie there in blocks. */
async function placedLens(lens: Lens, compute: FloatType, parts: PartOptions): Promise<Lens> {
  if (lens.by === "cosine") return { ...lens, table: await placeTensor(lens.table, compute, parts) };
  if (lens.by !== "sparse" || lens.pursuit.own) return lens;
  const { decodeMatrix, vocabMatrix } = lens.pursuit.tables;
  const tables = {
    decodeMatrix: await placeTensor(decodeMatrix, compute, parts),
    vocabMatrix: await placeTensor(vocabMatrix, compute, parts),
  };
  return { ...lens, pursuit: { ...lens.pursuit, tables } };
}

async function look(
  run: GraphFunction,
  features: Float32Array,
  { patches, classToken }: { readonly patches: number; readonly classToken: boolean },
  { contrast }: AnyPlan,
  { lens }: View,
): Promise<SeenPatches> {
  const width = features.length / (patches + Number(classToken));
  const see = async (vectors: Float32Array): Promise<PatchTokens[]> => {
    const shape = [vectors.length / width, width];
    return readPatches(await run.run({ features: { data: vectors, shape } }), { lens, contrast });
  };
  if (!classToken) return { patches: await see(features) };
  // Explained apart: it is no patch and has no part in their mean.
  const seen = await see(features.slice(width));
  return contrast ? { patches: seen } : { patches: seen, classToken: (await see(features.slice(0, width)))[0]! };
}
