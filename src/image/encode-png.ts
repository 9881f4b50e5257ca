import type { RgbImage } from "./rgb-image.js";
import { loadSharp } from "./sharp.js";

/**
 * The image as the bytes of a PNG file.
 *
 * @throws UnavailableError when sharp cannot be loaded
 */
export async function encodePng({ width, height, data }: RgbImage): Promise<Uint8Array> {
  const open = await loadSharp("the picture");
  return open(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9, adaptiveFiltering: true })
    .toBuffer();
}
