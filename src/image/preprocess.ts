import { InputError } from "../errors.js";
import { centerCrop, padToSquare } from "./crop-pad.js";
import { decodeImage, MAX_IMAGE_PIXELS } from "./decode.js";
import type { ImageProcessor, Size } from "./image-processor.js";
import { normalise } from "./normalise.js";
import { resize } from "./resize.js";
import type { RgbImage } from "./rgb-image.js";

/** A vision tower's input for one image. */
export interface PixelValues extends Size {
  readonly data: Float32Array; // (3, height, width): all red values, then green, then blue
}

/** Whether a picture is padded to a square first, or all is left to the image processor; named as in `image_aspect_ratio` of LLaVA configs. */
export type ImageAspectRatio = "pad" | "square";

export interface PreprocessOptions {
  readonly imageAspectRatio?: ImageAspectRatio;
  /** What errors call the image. */
  readonly name?: string;
}

/**
 * The picture that a vision tower is given, before its values are normalised: padded, resized and cropped as LLaVA's
 * `process_images` does.
 *
 * @throws InputError when an extreme aspect ratio would make the padded or resized image larger than MAX_IMAGE_PIXELS
 */
export function seenImage(
  image: RgbImage,
  processor: ImageProcessor,
  { imageAspectRatio = "square", name = "image" }: PreprocessOptions = {},
): RgbImage {
  const side = Math.max(image.height, image.width);
  const pads = imageAspectRatio === "pad" || processor.pad === true;
  checkGrowth(image, pads ? { height: side, width: side } : image, name);
  const padded = pads ? padToSquare(image, paddingColour(processor)) : image;
  const { height, width } = resizedSize(padded, processor.resize);
  checkGrowth(image, { height, width }, name);
  const resized = resize(padded, height, width, processor.filter);
  return processor.crop ? centerCrop(resized, processor.crop.height, processor.crop.width) : resized;
}

/**
 * The vision tower's input for one image, value for value what `process_images` gives.
 *
 * @throws what `seenImage` throws
 */
export function preprocessImage(
  image: RgbImage,
  processor: ImageProcessor,
  options: PreprocessOptions = {},
): PixelValues {
  const seen = seenImage(image, processor, options);
  return { height: seen.height, width: seen.width, data: normalise(seen, processor) };
}

/**
 * Decodes and preprocesses an image file.
 *
 * @param source path, or the bytes of a file; `name` is what errors call it
 * @throws InputError and UnavailableError as decodeImage does
 */
export async function preprocessFile(
  source: string | Uint8Array,
  processor: ImageProcessor,
  options: PreprocessOptions = {},
): Promise<PixelValues> {
  const name = options.name ?? (typeof source === "string" ? source : "image");
  return preprocessImage(await decodeImage(source, name), processor, { ...options, name });
}

/** The input of no image: zeros, which is what LLaVA's training shows the tower for text without an image. */
export function blankPixelValues({ height, width }: Size): PixelValues {
  return { height, width, data: new Float32Array(3 * height * width) };
}

function checkGrowth(from: Size, to: Size, name: string): void {
  if (to.height * to.width <= MAX_IMAGE_PIXELS) return;
  throw new InputError(
    `${name}: ${from.width} x ${from.height} pixels become ${to.width} x ${to.height} on the way to the vision tower, at most ${MAX_IMAGE_PIXELS} are made; crop it first`,
  );
}

/** LLaVA's background: the mean colour, cut (not rounded) to 8 bits. */
function paddingColour({ mean }: ImageProcessor): [number, number, number] {
  const [red, green, blue] = mean.map((value) => Math.trunc(value * 255)) as [number, number, number];
  return [red, green, blue];
}

function resizedSize(image: RgbImage, to: ImageProcessor["resize"]): Size {
  if (to === undefined) return image;
  if ("height" in to) return to;
  const { height, width } = image;
  const long = Math.trunc((to.shortestEdge * Math.max(height, width)) / Math.min(height, width));
  return width <= height ? { height: long, width: to.shortestEdge } : { height: to.shortestEdge, width: long };
}
