import { InputError } from "../errors.js";
import { readWholeFile } from "../files/read-whole.js";
import { fillGifBackground } from "./gif-background.js";
import { imageFormat, type ImageFormat } from "./image-format.js";
import type { RgbImage } from "./rgb-image.js";
import { firstLine, loadSharp, type Metadata, type OpenImage, type Sharp } from "./sharp.js";
import { cmykToRgb, grey16ToRgb } from "./to-rgb.js";

/**
 * Most pixels of an image. Pillow refuses images beyond twice its MAX_IMAGE_PIXELS, so the official code cannot read larger
 * ones either; decoded it would be 537 MB. The largest images of the benchmarks have some 20 million pixels.
 */
export const MAX_IMAGE_PIXELS = 178_956_970;

/** Most bytes of an image file: an uncompressed image of the most pixels is not larger. */
const MAX_IMAGE_BYTES = 3 * MAX_IMAGE_PIXELS;

/**
 * Decodes JPEG, PNG, WebP or GIF (first frame) to what Pillow's `Image.open(...).convert("RGB")` gives: EXIF orientation
 * and ICC profiles ignored, alpha dropped, CMYK converted naively, greyscale repeated.
 *
 * @param source path of a file, or the bytes of one
 * @param name what errors call it
 * @throws InputError when it is absent, unreadable, truncated, of another format or larger than MAX_IMAGE_PIXELS
 * @throws UnavailableError when sharp cannot be loaded
 */
export async function decodeImage(
  source: string | Uint8Array,
  name = typeof source === "string" ? source : "image",
): Promise<RgbImage> {
  const bytes = typeof source === "string" ? await readImageFile(source) : source;
  const format = imageFormat(bytes, name);
  const open = await loadSharp(name);
  try {
    // "error" fails on the same damaged files as Pillow does; "warning", sharp's default, on files that Pillow reads.
    const image = open(bytes, { ignoreIcc: true, failOn: "error", limitInputPixels: MAX_IMAGE_PIXELS });
    const metadata = await readMetadata(open, bytes);
    checkSize(metadata, name);
    return await decoderFor(format, metadata, bytes)(image, bytes, name);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${name}: this ${format} cannot be decoded: ${firstLine(error)}`, { cause: error });
  }
}

/** Reads the header alone. It sets no limit, because sharp's own message names neither the size nor the limit. */
const readMetadata = (open: OpenImage, bytes: Uint8Array): Promise<Metadata> =>
  open(bytes, { failOn: "error", limitInputPixels: false }).metadata();

/**
 * The bytes of an image file.
 *
 * @throws InputError when it is absent, unreadable, no regular file or larger than MAX_IMAGE_BYTES
 */
export const readImageFile = (path: string): Promise<Uint8Array> =>
  readWholeFile(path, { most: MAX_IMAGE_BYTES, as: "an image" });

function checkSize({ width, height }: Metadata, name: string): void {
  if (width * height <= MAX_IMAGE_PIXELS) return;
  throw new InputError(
    `${name}: has ${width} x ${height} pixels, at most ${MAX_IMAGE_PIXELS} are decoded; make it smaller first`,
  );
}

type Decoder = (image: Sharp, bytes: Uint8Array, name: string) => Promise<RgbImage>;

/** The kinds of images that sharp's RGB output shows otherwise than Pillow, and the ordinary kind last. */
const decoders: Readonly<Record<"gif" | "cmyk" | "grey16" | "rgb", Decoder>> = {
  gif: async (image, bytes, name) => {
    const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return fillGifBackground(bytes, data, info, name);
  },
  cmyk: async (image) => {
    const inks = image.pipelineColourspace("cmyk").toColourspace("cmyk");
    const { data, info } = await inks.raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: cmykToRgb(data) };
  },
  grey16: async (image) => {
    const grey = image.removeAlpha().toColourspace("grey16").raw({ depth: "ushort" });
    const { data, info } = await grey.toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(new Uint8Array(data).buffer);
    return { width: info.width, height: info.height, data: grey16ToRgb(values) };
  },
  rgb: async (image) => {
    const rgb = image.removeAlpha().toColourspace("srgb").raw();
    const { data, info } = await rgb.toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  },
};

function decoderFor(format: ImageFormat, { space }: Metadata, bytes: Uint8Array): Decoder {
  if (format === "GIF") return decoders.gif;
  if (space === "cmyk") return decoders.cmyk;
  return format === "PNG" && isGrey16(bytes) ? decoders.grey16 : decoders.rgb;
}

/** Bit depth and colour type lie at these bytes of a PNG, and 0 is greyscale; sharp counts a transparent grey as alpha. */
const isGrey16 = (png: Uint8Array): boolean => png[24] === 16 && png[25] === 0;
