import { paste, solidImage, type RgbImage } from "./rgb-image.js";

/**
 * Cuts (height, width) out of the middle. Where the image is smaller, the rest is black. Odd remainders go where
 * transformers' `center_crop` puts them.
 */
export function centerCrop(image: RgbImage, height: number, width: number): RgbImage {
  if (image.height === height && image.width === width) return image;
  const crop = solidImage(height, width, [0, 0, 0]);
  paste(crop, image, cropOffset(height, image.height), cropOffset(width, image.width));
  return crop;
}

/** Where the image's first pixel lies in the crop: negative when the image is larger. */
function cropOffset(cropSize: number, size: number): number {
  // Growing pads ceil(difference / 2) in front; shrinking cuts floor(difference / 2) off: both are this ceiling.
  return Math.ceil((cropSize - size) / 2);
}

/** LLaVA's `image_aspect_ratio: pad`: the image in the middle of a square of one colour, odd remainders below and right. */
export function padToSquare(image: RgbImage, colour: readonly [number, number, number]): RgbImage {
  const { height, width } = image;
  if (height === width) return image;
  const side = Math.max(height, width);
  const square = solidImage(side, side, colour);
  paste(square, image, Math.floor((side - height) / 2), Math.floor((side - width) / 2));
  return square;
}
