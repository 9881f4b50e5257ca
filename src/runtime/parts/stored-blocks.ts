import { streamStoredRows } from "../../files/read-tensor.js";
import type { TensorToWrite } from "../../checkpoint/safetensors/write.js";
import type { QuantisedTensor } from "../../tensor/blocks.js";
import {
  allocateIntegers,
  blockBytesOf,
  type BlockFormat,
  type BlockIntegers,
} from "../../tensor/ggml/block-format.js";
import { groupOffsets, hasOffsets, packIntegers, productBits } from "../../tensor/ggml/product-blocks.js";
import {
  isDecoded,
  tensorByteLength,
  type CheckpointTensor,
  type DecodedTensor,
  type TensorInfo,
} from "../../tensor/tensor-info.js";
import { cachedTensors, type CacheOptions } from "./tensor-cache.js";

/** A matrix that its file holds in blocks. */
export type BlockMatrix = DecodedTensor & { readonly stored: { readonly format: BlockFormat } };

export const isBlockMatrix = (tensor: CheckpointTensor): tensor is BlockMatrix =>
  isDecoded(tensor) && tensor.stored.format !== undefined && tensor.shape.length === 2;

/**
 * Writes the blocks of matrices (out, in) in the layout of onnxruntime's MatMulNBits into a cache file, once. Integers and
 * scales stay the same; the product takes the integers in another order and apart from their scales.
 */
export async function storedBlocks(
  tensors: readonly BlockMatrix[],
  options: CacheOptions,
): Promise<ReadonlyMap<string, QuantisedTensor>> {
  if (tensors.length === 0) return new Map();
  const make = () => Promise.resolve(tensors.flatMap((tensor) => partsOf(tensor, options.signal)));
  return partsByName(
    tensors,
    await cachedTensors({ recipe: "blocks-1", what: "the layout of the blocks", sources: tensors, make }, options),
  );
}

/** What `storedBlocks` would make, by names, types and shapes alone: a graph of it has a size, but it cannot run. */
export function outlineStoredBlocks(tensors: readonly BlockMatrix[]): ReadonlyMap<string, QuantisedTensor> {
  const outlines = tensors.flatMap((tensor) =>
    partsOf(tensor, undefined).map(({ name, dtype, shape }): [string, TensorInfo] => {
      const byteLength = tensorByteLength(dtype, shape)!;
      return [name, { name, dtype, shape, file: tensor.file, byteOffset: 0, byteLength }];
    }),
  );
  return partsByName(tensors, new Map(outlines));
}

function partsByName(
  tensors: readonly BlockMatrix[],
  made: ReadonlyMap<string, CheckpointTensor>,
): ReadonlyMap<string, QuantisedTensor> {
  return new Map(
    tensors.map(({ name, stored: { format } }) => {
      const part = (suffix: string): TensorInfo => made.get(`${name}.${suffix}`) as TensorInfo;
      const offsets = hasOffsets(format) ? part("offsets") : undefined;
      const { groupSize: blockSize } = format;
      return [name, { bits: productBits(format), blockSize, blocks: part("blocks"), scales: part("scales"), offsets }];
    }),
  );
}

function partsOf(tensor: BlockMatrix, signal: AbortSignal | undefined): TensorToWrite[] {
  const { name, stored } = tensor;
  const { format } = stored;
  const [rows, columns] = tensor.shape as [number, number];
  const groups = columns / format.groupSize;
  const bytesOf = (floats: Float32Array): Uint8Array => new Uint8Array(floats.buffer);
  const map = (change: (integers: BlockIntegers) => Uint8Array) => mapBlocks(tensor, signal, change);
  return [
    {
      ...{ name: `${name}.blocks`, dtype: "U8", shape: [rows, groups, (format.groupSize * productBits(format)) / 8] },
      data: map((integers) => packIntegers(integers, format)),
    },
    {
      ...{ name: `${name}.scales`, dtype: "F32", shape: [rows * groups] },
      data: map(({ scales }) => bytesOf(scales)),
    },
    ...(hasOffsets(format)
      ? [
          {
            ...{ name: `${name}.offsets`, dtype: "F32" as const, shape: [rows, groups] },
            data: map((integers) => bytesOf(groupOffsets(integers, format))),
          },
        ]
      : []),
  ];
}

/** Streams the blocks of a matrix, taken apart, through `change`. */
async function* mapBlocks(
  tensor: BlockMatrix,
  signal: AbortSignal | undefined,
  change: (integers: BlockIntegers) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  const { format } = tensor.stored;
  for await (const bytes of streamStoredRows(tensor, { signal })) {
    const elements = bytes.byteLength / blockBytesOf(format, 1);
    const integers = allocateIntegers(format, Math.round(elements));
    format.unpack(bytes, integers);
    yield change(integers);
  }
}
