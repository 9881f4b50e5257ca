import type { GgufTensor } from "../../checkpoint/gguf/write.js";
import type { WrittenType } from "../../checkpoint/gguf/tensor-types.js";
import { InputError } from "../../errors.js";
import { gatherAllRows, gatherRows } from "../../files/gather-rows.js";
import { encodeInRange, streamFloats } from "../../files/stream-floats.js";
import { isFloatDtype, type FloatDtype } from "../../tensor/dtype.js";
import { allFinite } from "../../tensor/float-arrays.js";
import { quantise, WRITABLE_FORMATS, type WritableFormatName } from "../../tensor/ggml/quantise-blocks.js";
import { decodeFloats } from "../../tensor/half.js";
import { elementCount, type CheckpointTensor } from "../../tensor/tensor-info.js";

/** A tensor of a GGUF file and what it is made of. */
export interface PlannedTensor {
  readonly name: string;
  readonly type: WrittenType;
  readonly source: CheckpointTensor;
  /** What every number is multiplied by and what is added then; 1 and 0 when left out. */
  readonly factor?: number | undefined;
  readonly plus?: number | undefined;
  /** (rows) which row of the source each row is, a vector's numbers being its rows; in place when left out. */
  readonly order?: ArrayLike<number> | undefined;
}

const isBlocks = (type: WrittenType): type is WritableFormatName => Object.hasOwn(WRITABLE_FORMATS, type);

/**
 * What a weight is written as where `wanted` was asked for: vectors are float32, which llama.cpp insists on, and matrices whose rows are
 * no whole number of blocks are float16.
 */
export function typeFor({ shape }: CheckpointTensor, wanted: WrittenType): WrittenType {
  if (shape.length < 2) return "F32";
  if (!isBlocks(wanted) || shape.at(-1)! % WRITABLE_FORMATS[wanted].format.blockSize === 0) return wanted;
  return "F16";
}

/**
 * A planned tensor with its bytes, which are made while they are written.
 * @throws InputError for weights that are not of floats, or hold what the type cannot
 */
export function ggufTensor(planned: PlannedTensor, signal: AbortSignal | undefined): GgufTensor {
  const { name, type, source } = planned;
  if (!isFloatDtype(source.dtype)) {
    throw new InputError(
      `${source.file}: "${source.name}" is ${source.dtype}, expected F32, F16 or BF16; use the folder that is not quantised`,
    );
  }
  return { name, type, shape: source.shape, data: writtenChunks(planned, signal) };
}

async function* writtenChunks(planned: PlannedTensor, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const { type, source, factor = 1, plus = 0, order } = planned;
  const isAsItLies = factor === 1 && plus === 0 && order === undefined;
  if (!isBlocks(type) && isAsItLies) return yield* streamFloats(source, type, { signal });
  const options = { signal, passThrough: true };
  const matrix = asMatrix(planned);
  for await (const { bytes } of order ? gatherRows(matrix, order, options) : gatherAllRows(matrix, options)) {
    yield encodeWritten(decodeFloats(bytes, source.dtype as FloatDtype), planned);
  }
}

/** Numbers of whole rows of the source as the file has them. */
export function encodeWritten(
  floats: Float32Array,
  { type, source, factor = 1, plus = 0 }: Omit<PlannedTensor, "name">,
): Uint8Array {
  const changed = factor === 1 && plus === 0 ? floats : floats.map((value) => factor * value + plus);
  if (!isBlocks(type)) return encodeInRange(changed, type, source);
  if (allFinite(changed)) return quantise(changed, type);
  throw new InputError(
    `${source.file}: "${source.name}" holds NaN or infinity; the weights are damaged, fetch them again`,
  );
}

/** The source as rows: the last axis is the row, a vector one row, or a row each number where they are put in order. */
export function asMatrix({ source, order }: Pick<PlannedTensor, "source" | "order">): CheckpointTensor {
  const { shape } = source;
  const columns = order !== undefined && shape.length === 1 ? 1 : shape.at(-1)!;
  return { ...source, shape: [elementCount(shape) / columns, columns] };
}
