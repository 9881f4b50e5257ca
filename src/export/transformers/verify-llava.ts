import { isDeepStrictEqual } from "node:util";
import { openTunedModel } from "../../vlm/llava-source.js";
import type { ModelSource } from "../../vlm/model-source.js";
import { openCheckpoint, type Checkpoint } from "../../checkpoint/checkpoint.js";
import { requireTensor } from "../../checkpoint/weights.js";
import { LangbridgeError } from "../../errors.js";
import { openTensor } from "../../files/tensor-reader.js";
import { llmOfCheckpoint } from "../../model/llm/llm-folder.js";
import { readVision } from "../../model/vision/vision-families.js";
import { droppedVectors, visionSelection, type SelectFeature } from "../../model/vision/vision-family.js";
import { projectorInputSize, type ProjectorWeights } from "../../model/projector/projector-graph.js";
import { loadImageProcessor, parseImageProcessor } from "../../model/vision/image-processors.js";
import type { PartOptions } from "../../runtime/parts/part-options.js";
import { Projector } from "../../runtime/parts/projector.js";
import { loadEncoder } from "../../tokenizer/encoder.js";
import { bytesPerElement, type FloatDtype } from "../../tensor/dtype.js";
import { convertFloats } from "../../tensor/half.js";
import { normalNumbers } from "../../tensor/random.js";
import { relativeDifference } from "../../tensor/float-arrays.js";
import { elementCount, type CheckpointTensor } from "../../tensor/tensor-info.js";
import type { LlavaParts } from "./llava-parts.js";
import { languageTensors, LLAVA_NAMES, towerTensors, type RenamedTensor } from "./llava-tensors.js";

/**
 * Reopens a folder that was just written and checks what was promised: that it opens as a model whose config fits its
 * weights, that images are seen as the adapter wants them, that the image token is one token, that the projector makes the
 * adapter's vectors, and that the other weights are those they were copied from. `run` says how the two projectors are run,
 * on the CPU in float32. Returns what it found, one line each.
 *
 * @throws LangbridgeError when one fails, which means that the disk or this tool is at fault
 * @throws InputError for an adapter whose own vectors are no numbers
 */
export async function verifyLlava(folder: string, parts: LlavaParts, run: PartOptions): Promise<string[]> {
  const checkpoint = await openCheckpoint(folder);
  await requireFits(checkpoint);
  const model = await openTunedModel({ model: folder, hubCache: folder });
  await requireSettings(folder, parts, model);
  const copied = [...parts.tower.tensors, ...parts.llm.tensors];
  const sampled = await compareSamples(checkpoint, copied);
  const projectorError = await compareProjectors(parts.projector, model.projector, run);
  const dtype = requireTensor(checkpoint, `${LLAVA_NAMES.projector}linear_2.weight`).dtype as FloatDtype;
  if (!(projectorError <= TOLERANCE[dtype])) {
    throw new LangbridgeError(
      `${folder}: the projector as written misses the adapter's vectors by ${projectorError.toExponential(1)} of the largest, ${TOLERANCE[dtype]} is what rounding to ${dtype} explains; choose --dtype f32`,
    );
  }
  return [
    `the projector makes the adapter's vectors of ${FEATURES} random features; largest difference ${projectorError.toExponential(1)} of the largest value`,
    `${sampled} numbers of ${copied.length} tensors read back equal to their source bit for bit`,
  ];
}

/** Builds the graphs of LLM and tower, which proves the shape of every tensor. */
async function requireFits(checkpoint: Checkpoint): Promise<void> {
  const { folder, tensors } = checkpoint;
  const llm = await llmOfCheckpoint(checkpoint);
  languageTensors(llm);
  towerTensors({ tensors, path: folder }, readVision(llm.config, folder));
}

async function requireSettings(
  folder: string,
  { imageToken: { id, token }, seen, tower }: LlavaParts,
  { visionOptions, imageToken }: ModelSource,
): Promise<void> {
  const { selectLayer, selectFeature, pads } = seen;
  const images = { ...parseImageProcessor(tower.preprocessor, folder), ...(pads && { pad: true }) };
  // One choice of vectors has two names where a tower has a class token, or has none.
  const dropped = (feature: SelectFeature | undefined) =>
    droppedVectors(tower.spec, visionSelection({ selectFeature: feature }).selectFeature);
  const expected = { selectLayer, dropped: dropped(selectFeature), imageToken: id, images };
  const found = {
    ...{ selectLayer: visionOptions.selectLayer, dropped: dropped(visionOptions.selectFeature) },
    ...{ imageToken, images: await loadImageProcessor(folder) },
  };
  if (!isDeepStrictEqual(found, expected)) {
    const [is, was] = [found, expected].map((value) => JSON.stringify(value));
    throw new LangbridgeError(`${folder}: its settings read back as ${is}, expected ${was}`);
  }
  const encoder = await loadEncoder(folder);
  const ids = encoder.encode(token);
  if (ids.length === 1 && ids[0] === id) return;
  const pieces = ids.map((piece) => encoder.vocabulary.strings[piece]).join(" ");
  throw new LangbridgeError(`${folder}: the tokenizer makes "${pieces}" of "${token}", expected token ${id}`);
}

/** What float32 sums, and the rounding of both layers' weights, may add up to; in units of the largest number. */
const TOLERANCE: Readonly<Record<FloatDtype, number>> = { F32: 1e-5, F16: 2 ** -9, BF16: 2 ** -6 };

/** Vectors that both projectors are given. */
const FEATURES = 64;

async function compareProjectors(
  adapter: ProjectorWeights,
  written: ProjectorWeights,
  run: PartOptions,
): Promise<number> {
  const features = normalNumbers(FEATURES * projectorInputSize(adapter), 1);
  const [expected, made] = [await project(adapter, features, run), await project(written, features, run)];
  return relativeDifference(made, expected);
}

async function project(weights: ProjectorWeights, features: Float32Array, run: PartOptions): Promise<Float32Array> {
  const projector = await Projector.open(weights, { ...run, fold: false });
  try {
    return (await projector.project(features, run)).embeddings;
  } finally {
    await projector.close();
  }
}

/** Numbers compared at the beginning, in the middle and at the end of each tensor. */
const SAMPLE = 4096;

async function compareSamples(checkpoint: Checkpoint, copied: readonly RenamedTensor[]): Promise<number> {
  let compared = 0;
  for (const { name, tensor: source } of copied) {
    const written = requireTensor(checkpoint, name);
    const count = elementCount(source.shape);
    const length = Math.min(SAMPLE, count);
    for (const first of new Set([0, Math.floor((count - length) / 2), count - length])) {
      const [from, to] = [source.dtype as FloatDtype, written.dtype as FloatDtype];
      const expected = convertFloats(await readElements(source, first, length), from, to);
      if (Buffer.compare(expected, await readElements(written, first, length)) !== 0) {
        throw new LangbridgeError(
          `${checkpoint.path}: "${name}" read back differs from "${source.name}" of ${source.file}; the disk or the source changed while it was written`,
        );
      }
      compared += length;
    }
  }
  return compared;
}

async function readElements(tensor: CheckpointTensor, first: number, length: number): Promise<Uint8Array> {
  const size = bytesPerElement(tensor.dtype as FloatDtype);
  const reader = await openTensor(tensor);
  try {
    const bytes = new Uint8Array(length * size);
    await reader.readInto(bytes, first * size);
    return bytes;
  } finally {
    await reader.close();
  }
}
