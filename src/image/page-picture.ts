import { encodePng } from "./encode-png.js";
import type { RgbImage } from "./rgb-image.js";
import { loadSharp } from "./sharp.js";

/** A picture of at most this side is shown pixel by pixel; a lossy file would blur it. */
const PIXELATED = 64;

/** At this quality a photograph of 336 x 336 pixels takes some 25 kB, an eighth of its PNG file. */
const QUALITY = 82;

/**
 * The picture as a data URL for a page.
 *
 * @param side the longer side that a larger picture is made smaller to, in pixels; absent: no larger one is made smaller
 * @throws UnavailableError when sharp cannot be loaded
 */
export async function pagePicture(image: RgbImage, { side }: { readonly side?: number } = {}): Promise<string> {
  const { width, height, data } = image;
  if (Math.max(width, height) <= PIXELATED) return dataUrl("png", await encodePng(image));
  const open = await loadSharp("the picture");
  const picture = open(data, { raw: { width, height, channels: 3 } });
  const fitted =
    side === undefined
      ? picture
      : picture.resize({ width: side, height: side, fit: "inside", withoutEnlargement: true });
  const webp = await fitted.webp({ quality: QUALITY }).toBuffer();
  return dataUrl("webp", webp);
}

const dataUrl = (type: string, bytes: Uint8Array): string =>
  `data:image/${type};base64,${Buffer.from(bytes).toString("base64")}`;
