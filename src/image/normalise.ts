import type { ImageProcessor } from "./image-processor.js";
import type { RgbImage } from "./rgb-image.js";

/** The float of each of the 256 values of each channel: (3, 256). */
function valueTable({
  rescaleFactor,
  mean,
  std,
}: Pick<ImageProcessor, "rescaleFactor" | "mean" | "std">): Float32Array {
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    for (let value = 0; value < 256; value++) {
      // numpy rescales in float64 and rounds, then subtracts and divides in float32; a Float32Array rounds the last step.
      const rescaled = Math.fround(value * (rescaleFactor ?? 1));
      const centred = Math.fround(rescaled - Math.fround(mean[channel]!));
      table[channel * 256 + value] = std === undefined ? rescaled : centred / Math.fround(std[channel]!);
    }
  }
  return table;
}

/**
 * y = (x * rescaleFactor - mean) / std per channel, bit for bit as transformers computes it.
 *
 * @returns (3, height, width)
 */
export function normalise(
  { width, height, data }: RgbImage,
  processor: Pick<ImageProcessor, "rescaleFactor" | "mean" | "std">,
): Float32Array {
  const table = valueTable(processor);
  const plane = width * height;
  const out = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const values = table.subarray(channel * 256, channel * 256 + 256);
    for (let pixel = 0; pixel < plane; pixel++) out[channel * plane + pixel] = values[data[pixel * 3 + channel]!]!;
  }
  return out;
}
