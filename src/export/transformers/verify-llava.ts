import { openTunedModel } from "../../benchmark/llava-source.js";
import { openCheckpoint, requireTensor, type Checkpoint } from "../../checkpoint/checkpoint.js";
import { LangbridgeError } from "../../errors.js";
import { openTensor } from "../../files/tensor-reader.js";
import { projectorInputSize, type ProjectorWeights } from "../../model/projector.js";
import type { PartOptions } from "../../runtime/part-options.js";
import { Projector } from "../../runtime/projector.js";
import { loadEncoder } from "../../vocabulary/encoder.js";
import { bytesPerElement, type FloatDtype } from "../../tensor/dtype.js";
import { convertFloats } from "../../tensor/half.js";
import { normalNumbers } from "../../tensor/random.js";
import { elementCount, type CheckpointTensor } from "../../tensor/tensor-info.js";
import type { ImageToken } from "./image-token.js";
import { LLAVA_NAMES, type RenamedTensor } from "./llava-tensors.js";

export interface VerifyOptions {
  /** The projector that was carried, as the adapter holds it. */
  readonly projector: ProjectorWeights;
  /** Tensors of LLM and tower. */
  readonly copied: readonly RenamedTensor[];
  readonly imageToken: ImageToken;
  /** How the two projectors are run, on the CPU in float32. */
  readonly run: PartOptions;
}

/**
 * Reopens a folder that was just written and checks what was promised: that it opens as a model, that its image token is one, that
 * the projector makes the adapter's vectors, and that the other weights are those they were copied from. Returns what it found, one
 * line each.
 * Throws LangbridgeError when one fails, which means that the disk or this tool is at fault.
 */
export async function verifyLlava(folder: string, options: VerifyOptions): Promise<string[]> {
  const { projector } = await openTunedModel({ model: folder, hubCache: folder });
  await requireImageToken(folder, options.imageToken);
  const checkpoint = await openCheckpoint(folder);
  const sampled = await compareSamples(checkpoint, options.copied);
  const projectorError = await compareProjectors(options.projector, projector, options.run);
  const dtype = requireTensor(checkpoint, `${LLAVA_NAMES.projector}linear_2.weight`).dtype as FloatDtype;
  if (!(projectorError <= TOLERANCE[dtype])) {
    throw new LangbridgeError(
      `${folder}: the projector as written misses the adapter's vectors by ${projectorError.toExponential(1)} of the largest, ${TOLERANCE[dtype]} is what rounding to ${dtype} explains; choose --dtype f32`,
    );
  }
  return [
    `the projector makes the adapter's vectors of ${FEATURES} random features; largest difference ${projectorError.toExponential(1)} of the largest value`,
    `${sampled} numbers of ${options.copied.length} tensors read back equal to their source bit for bit`,
  ];
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
  let [largest, difference] = [0, 0];
  expected.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - made[i]!));
  });
  return expected.length === made.length ? difference / largest : Infinity;
}

async function project(weights: ProjectorWeights, features: Float32Array, run: PartOptions): Promise<Float32Array> {
  const projector = await Projector.open(weights, { ...run, fold: false });
  try {
    return (await projector.project(features, run)).embeddings;
  } finally {
    await projector.close();
  }
}

async function requireImageToken(folder: string, { id, token }: ImageToken): Promise<void> {
  const encoder = await loadEncoder(folder);
  const ids = encoder.encode(token);
  if (ids.length === 1 && ids[0] === id) return;
  throw new LangbridgeError(`${folder}: the tokenizer makes ${ids.join(", ")} of "${token}", expected ${id}`);
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
