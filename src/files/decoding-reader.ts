import { dequantiseInto } from "../tensor/ggml/dequantise.js";
import { DTYPE_BITS } from "../tensor/dtype.js";
import { isLittleEndian } from "../tensor/half.js";
import { elementCount, type DecodedTensor } from "../tensor/tensor-info.js";
import { allocateBytes } from "./allocate.js";
import type { PositionedFile } from "./positioned-file.js";

/** Reads the numbers of a decoded tensor by position, counted in bytes of its dtype from its first number. */
export function decodingReader(file: PositionedFile, tensor: DecodedTensor) {
  return {
    readInto: async (target: Uint8Array, offset: number): Promise<void> => {
      const read = planRead(tensor, offset, target.byteLength);
      const bytes = allocateBytes(read.length);
      await file.readInto(bytes, read.offset);
      read.decode(bytes, target);
    },
    readIntoSync: (target: Uint8Array, offset: number): void => {
      const read = planRead(tensor, offset, target.byteLength);
      const bytes = allocateBytes(read.length);
      file.readIntoSync(bytes, read.offset);
      read.decode(bytes, target);
    },
  };
}

interface PlannedRead {
  /** From the start of the file. */
  readonly offset: number;
  readonly length: number;
  readonly decode: (bytes: Uint8Array, target: Uint8Array) => void;
}

/** What has to be read for `length` bytes of numbers from `offset` on: whole blocks, or whole heads where their rows are paired. */
function planRead(tensor: DecodedTensor, offset: number, length: number): PlannedRead {
  const { stored, shape, dtype } = tensor;
  const elementBytes = DTYPE_BITS[dtype] / 8;
  const count = elementCount(shape);
  const unit = stored.pairedHeads === undefined ? (stored.format?.blockSize ?? 1) : count / stored.pairedHeads;
  const unitBytes = (stored.byteLength / count) * unit;
  const first = Math.floor(offset / elementBytes / unit);
  const end = Math.ceil((offset + length) / elementBytes / unit);
  return {
    offset: stored.byteOffset + first * unitBytes,
    length: (end - first) * unitBytes,
    decode: (bytes, target) => {
      const ordered = stored.pairedHeads === undefined ? bytes : unpairRows(bytes, tensor);
      const numbers = numbersOf(ordered, (end - first) * unit, tensor, target);
      if (numbers === target) return;
      const skipped = offset - first * unit * elementBytes;
      target.set(numbers.subarray(skipped, skipped + length));
    },
  };
}

/** Numbers of `count` elements; blocks are turned into float32 in `target` itself where it takes all of them. */
function numbersOf(bytes: Uint8Array, count: number, { stored }: DecodedTensor, target: Uint8Array): Uint8Array {
  if (stored.format === undefined) return bytes;
  const fits = target.byteLength === count * 4 && target.byteOffset % 4 === 0;
  const numbers = fits ? target : allocateBytes(count * 4);
  dequantiseInto(new Float32Array(numbers.buffer, numbers.byteOffset, count), bytes, stored.format);
  if (!isLittleEndian) Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).swap32();
  return numbers;
}

/** The stored bytes of whole heads with their rows in the order of the tensor. */
export function unpairRows(bytes: Uint8Array, { shape, stored }: DecodedTensor): Uint8Array {
  const rowsOfHead = shape[0]! / stored.pairedHeads!;
  const rowBytes = stored.byteLength / shape[0]!;
  const headBytes = rowsOfHead * rowBytes;
  const ordered = allocateBytes(bytes.byteLength);
  for (let head = 0; head < bytes.byteLength; head += headBytes) {
    for (let row = 0; row < rowsOfHead; row++) {
      const from = head + pairedRow(row, rowsOfHead) * rowBytes;
      ordered.set(bytes.subarray(from, from + rowBytes), head + row * rowBytes);
    }
  }
  return ordered;
}

/** Where row `row` of a head of `rows` lies in its file. */
function pairedRow(row: number, rows: number): number {
  const half = rows / 2;
  return 2 * (row % half) + (row < half ? 0 : 1);
}
