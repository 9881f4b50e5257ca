/** Pillow's 8-bit product: a * b / 255, rounded. */
function multiply255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/**
 * CMYK to RGB without colour management, as Pillow's Convert.c does: R = (255 - K) - C * (255 - K) / 255.
 * `cmyk` is (pixels, 4) with 255 as full ink; the result is (pixels, 3).
 */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const light = 255 - cmyk[from + 3]!;
    for (let ink = 0; ink < 3; ink++) rgb[to + ink] = light - multiply255(cmyk[from + ink]!, light);
  }
  return rgb;
}

/**
 * 16-bit greyscale without alpha to RGB: Pillow clips it at 255 instead of scaling it, so such an image comes out almost
 * white; (pixels) little-endian values to (pixels, 3).
 */
export function grey16ToRgb(grey: Uint16Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  grey.forEach((value, pixel) => rgb.fill(Math.min(value, 255), pixel * 3, pixel * 3 + 3));
  return rgb;
}
