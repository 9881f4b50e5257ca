import { InputError } from "../../errors.js";
import { streamTensor } from "../../files/read-tensor.js";
import { BLOCK_SIZE, blockScales, packBlocks, type QuantisedTensor } from "../../tensor/blocks.js";
import { bytesPerElement, isFloatDtype, type FloatDtype } from "../../tensor/dtype.js";
import { allFinite } from "../../tensor/float-arrays.js";
import { decodeFloats } from "../../tensor/half.js";
import { tensorByteLength, type CheckpointTensor, type TensorInfo } from "../../tensor/tensor-info.js";
import { cachedTensors, type CacheOptions } from "./tensor-cache.js";

/** Counts how blocks were made differently; another number is another file in the cache. */
const RECIPE = { 4: 2, 8: 1 } as const;

/**
 * Rounds matrices (out, in) to blocks of 4- or 8-bit integers in the layout of onnxruntime's MatMulNBits, once, into a cache
 * file: integer = round(w / scale) + 2^(bits - 1), with the scales of `blockScales`.
 *
 * @throws InputError for a matrix whose rows are no whole number of blocks, or that holds NaN or infinities
 */
export async function quantiseTensors(
  tensors: readonly CheckpointTensor[],
  bits: 4 | 8,
  options: CacheOptions,
): Promise<ReadonlyMap<string, QuantisedTensor>> {
  const sources = tensors.map((tensor) => checkMatrix(tensor, bits));
  const make = () => Promise.resolve(sources.flatMap((source) => describe(source, bits, options.signal)));
  const made = await cachedTensors(
    { recipe: `q${bits}-${RECIPE[bits]}`, what: `the weights in q${bits}`, sources, make },
    options,
  );
  return partsByName(sources, bits, made);
}

/**
 * What `quantiseTensors` would make, by names, types and shapes alone: a graph of it has a size, but it cannot run.
 *
 * @throws what `quantiseTensors` throws about shapes
 */
export function outlineQuantised(
  tensors: readonly CheckpointTensor[],
  bits: 4 | 8,
): ReadonlyMap<string, QuantisedTensor> {
  const sources = tensors.map((tensor) => checkMatrix(tensor, bits));
  const outlines = sources.flatMap((source) =>
    describe(source, bits, undefined).map(({ name, dtype, shape }) => {
      const byteLength = tensorByteLength(dtype, shape)!;
      return { name, dtype, shape, file: source.file, byteOffset: 0, byteLength };
    }),
  );
  return partsByName(sources, bits, new Map(outlines.map((outline) => [outline.name, outline])));
}

function partsByName(
  sources: readonly FloatMatrix[],
  bits: 4 | 8,
  made: ReadonlyMap<string, CheckpointTensor>,
): ReadonlyMap<string, QuantisedTensor> {
  return new Map(
    sources.map(({ name }) => {
      const part = (suffix: string): TensorInfo => made.get(`${name}.${suffix}`) as TensorInfo;
      return [name, { bits, blockSize: BLOCK_SIZE, blocks: part("blocks"), scales: part("scales") }];
    }),
  );
}

type FloatMatrix = CheckpointTensor & { readonly dtype: FloatDtype };

function checkMatrix(tensor: CheckpointTensor, bits: number): FloatMatrix {
  const columns = tensor.shape[1] ?? 0;
  if (tensor.shape.length !== 2 || columns % BLOCK_SIZE !== 0 || !isFloatDtype(tensor.dtype)) {
    throw new InputError(
      `${tensor.file}: "${tensor.name}" is ${tensor.dtype} (${tensor.shape.join(", ")}), q${bits} takes float matrices with rows of a multiple of ${BLOCK_SIZE}; use f32`,
    );
  }
  return tensor as FloatMatrix;
}

function describe(source: FloatMatrix, bits: 4 | 8, signal: AbortSignal | undefined) {
  const [rows, columns] = source.shape as [number, number];
  const blocksPerRow = columns / BLOCK_SIZE;
  return [
    {
      name: `${source.name}.blocks`,
      dtype: "U8" as const,
      shape: [rows, blocksPerRow, (BLOCK_SIZE * bits) / 8],
      data: mapBlocks(source, signal, (floats) => packBlocks(floats, bits)),
    },
    {
      name: `${source.name}.scales`,
      dtype: "F32" as const,
      shape: [rows * blocksPerRow],
      data: mapBlocks(source, signal, (floats) => new Uint8Array(blockScales(floats, bits).buffer)),
    },
  ];
}

/** Streams a matrix through `map`, whole blocks at a time; the chunks of a stream may end anywhere. */
async function* mapBlocks(
  source: FloatMatrix,
  signal: AbortSignal | undefined,
  map: (floats: Float32Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  const blockBytes = BLOCK_SIZE * bytesPerElement(source.dtype);
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of streamTensor(source, { signal })) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % blockBytes);
    rest = bytes.subarray(whole);
    const floats = decodeFloats(bytes.subarray(0, whole), source.dtype);
    checkFinite(floats, source);
    yield map(floats);
  }
}

function checkFinite(floats: Float32Array, { file, name }: FloatMatrix): void {
  if (allFinite(floats)) return;
  const bad = floats.find((value) => !Number.isFinite(value));
  throw new InputError(`${file}: "${name}" holds ${bad}, which no block can be scaled to; fetch the file again`);
}
