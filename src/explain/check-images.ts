import { InputError, throwIfAborted } from "../errors.js";
import { sha256OfFile } from "../files/hash.js";
import { realPath } from "../files/look.js";
import type { Progress } from "../progress.js";
import { decodeImage } from "../image/decode.js";
import type { ImageProcessor } from "../image/image-processor.js";
import { seenImage, type ImageAspectRatio } from "../image/preprocess.js";
import type { RgbImage } from "../image/rgb-image.js";

/** An image that was decoded once and can be explained. */
export interface CheckedImage {
  /** As the caller named it. */
  readonly file: string;
  readonly sha256: string;
  /** In pixels, before it is resized. */
  readonly width: number;
  readonly height: number;
}

export interface ImagePreprocessing {
  readonly processor: ImageProcessor;
  readonly imageAspectRatio: ImageAspectRatio;
}

/**
 * The picture as the vision tower takes it, before its values are normalised.
 *
 * @throws what `decodeImage` and `seenImage` throw
 */
export async function preprocessedImage(file: string, preprocessing: ImagePreprocessing): Promise<RgbImage> {
  return prepare(await decodeImage(file), file, preprocessing);
}

const prepare = (image: RgbImage, name: string, { processor, imageAspectRatio }: ImagePreprocessing): RgbImage =>
  seenImage(image, processor, { imageAspectRatio, name });

/**
 * Decodes every image once and forgets the pixels, so that an image that cannot be read is known before a model is loaded.
 *
 * @throws InputError naming the file, also for one that is given twice
 */
export async function checkImages(
  files: readonly string[],
  preprocessing: ImagePreprocessing,
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal | undefined; readonly onProgress?: Progress | undefined } = {},
): Promise<CheckedImage[]> {
  await refuseDuplicates(files);
  const checked: CheckedImage[] = [];
  for (const file of files) {
    throwIfAborted(signal);
    const image = await decodeImage(file);
    prepare(image, file, preprocessing);
    const { width, height } = image;
    checked.push({ file, sha256: await sha256OfFile(file, { signal }), width, height });
    onProgress?.({ stage: "checking images", done: checked.length, total: files.length, unit: "images" });
  }
  return checked;
}

/** Compares real paths, so that two spellings of one path count as one. */
async function refuseDuplicates(files: readonly string[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const file of files) {
    const real = await realPath(file);
    const before = seen.get(real);
    if (before !== undefined) {
      throw new InputError(
        `${file}: is given twice${before === file ? "" : `, the first time as ${before}`}; give it once`,
      );
    }
    seen.set(real, file);
  }
}
