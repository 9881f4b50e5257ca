import { InputError } from "../errors.js";
import type { RgbImage } from "./rgb-image.js";

/** The colours of the pixels that a GIF's first frame leaves open; decoders disagree about them. */
interface FirstFrame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Colour of palette entry 0, or of the transparent entry: what Pillow fills the canvas with. */
  readonly background: readonly [number, number, number];
}

const colourTableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1));

/** Reads the blocks of a GIF up to its first frame (GIF89a specification, sections 18 to 23). */
function readFirstFrame(bytes: Uint8Array, name: string): FirstFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const globalBytes = colourTableBytes(view.getUint8(10));
  let at = 13 + globalBytes;
  let transparent: number | undefined;
  while (view.getUint8(at) === 0x21) {
    if (view.getUint8(at + 1) === 0xf9 && (view.getUint8(at + 3) & 1) === 1) transparent = view.getUint8(at + 6);
    at += 2;
    while (view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at += 1;
  }
  if (view.getUint8(at) !== 0x2c) throw new InputError(`${name}: this GIF has no frame`);
  const [left, top] = [view.getUint16(at + 1, true), view.getUint16(at + 3, true)];
  const localBytes = colourTableBytes(view.getUint8(at + 9));
  const size = localBytes || globalBytes;
  if (size === 0) throw new InputError(`${name}: this GIF has no colour table; save it again as PNG`);
  const table = bytes.subarray(localBytes > 0 ? at + 10 : 13).subarray(0, size);
  const [red = 0, green = 0, blue = 0] = table.subarray((transparent ?? 0) * 3);
  return {
    left,
    top,
    right: left + view.getUint16(at + 5, true),
    bottom: top + view.getUint16(at + 7, true),
    background: [red, green, blue],
  };
}

/**
 * Gives pixels that the first frame leaves open the colour Pillow gives them, which keeps the palette entry behind a
 * transparent pixel; other decoders make them black. `rgba` is (height, width, 4).
 */
export function fillGifBackground(
  bytes: Uint8Array,
  rgba: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  name: string,
): RgbImage {
  const frame = readFirstFrame(bytes, name);
  const data = new Uint8Array(width * height * 3);
  const [red, green, blue] = frame.background;
  let [from, to] = [0, 0];
  for (let y = 0; y < height; y++) {
    const isOutside = y < frame.top || y >= frame.bottom;
    for (let x = 0; x < width; x++, from += 4, to += 3) {
      const isOpen = isOutside || x < frame.left || x >= frame.right || rgba[from + 3] === 0;
      data[to] = isOpen ? red : rgba[from]!;
      data[to + 1] = isOpen ? green : rgba[from + 1]!;
      data[to + 2] = isOpen ? blue : rgba[from + 2]!;
    }
  }
  return { width, height, data };
}
