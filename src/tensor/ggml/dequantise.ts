import { allocateIntegers, blockBytesOf, type BlockFormat, type BlockIntegers } from "./block-format.js";

/** Elements taken apart at a time: their integers stay in a core's cache. A multiple of every block size. */
const STEP = 8192;

/**
 * Turns whole blocks into float32, as many as `floats` has room for.
 * Each number is rounded once, as gguf-py's `dequantize` does, so both agree bit for bit.
 */
export function dequantiseInto(floats: Float32Array, bytes: Uint8Array, format: BlockFormat): void {
  const room = allocateIntegers(format, Math.min(STEP, floats.length));
  for (let first = 0; first < floats.length; first += STEP) {
    const count = Math.min(STEP, floats.length - first);
    const integers = count === room.quants.length ? room : allocateIntegers(format, count);
    const start = blockBytesOf(format, first);
    format.unpack(bytes.subarray(start, start + blockBytesOf(format, count)), integers);
    multiply(floats.subarray(first, first + count), integers, format);
  }
}

/** floats = scale * (quant - zero) - minimum, group by group. */
function multiply(floats: Float32Array, { quants, scales, minimums }: BlockIntegers, format: BlockFormat): void {
  const { groupSize, zero, hasMinimums } = format;
  for (let group = 0, i = 0; group < scales.length; group++) {
    const scale = scales[group]!;
    const minimum = hasMinimums ? minimums[group]! : 0;
    for (const end = i + groupSize; i < end; i++) floats[i] = scale * (quants[i]! - zero) - minimum;
  }
}
