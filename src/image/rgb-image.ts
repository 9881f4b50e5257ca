/** An 8-bit RGB image as Pillow's `convert("RGB")` gives it: no alpha, no colour management, no rotation. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array; // (height, width, 3)
}

/** A (height, width, 3) image of one colour. */
export function solidImage(height: number, width: number, colour: readonly [number, number, number]): RgbImage {
  const data = new Uint8Array(height * width * 3);
  data.set(colour.slice(0, data.length));
  // Twice as much with every copy: a picture of a few bytes may claim 179 million pixels.
  for (let filled = 3; filled < data.length; filled *= 2) data.copyWithin(filled, 0, filled);
  return { width, height, data };
}

/** Writes `image` into `canvas` with its first pixel at (top, left); what falls outside is cut off, as Pillow's paste does. */
export function paste(canvas: RgbImage, image: RgbImage, top: number, left: number): void {
  const from = Math.max(0, -left);
  const columns = Math.min(image.width, canvas.width - left) - from;
  if (columns <= 0) return;
  for (let y = Math.max(0, -top); y < Math.min(image.height, canvas.height - top); y++) {
    const start = (y * image.width + from) * 3;
    const row = image.data.subarray(start, start + columns * 3);
    canvas.data.set(row, ((y + top) * canvas.width + left + from) * 3);
  }
}
