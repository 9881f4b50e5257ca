import { InputError } from "../errors.js";
import { showValue } from "../show-value.js";
import type { TokenizerVocabulary } from "../vocabulary/token.js";
import { IMAGE_MARKER } from "./prompt.js";

/** How LLaVA marks an image: alone, or between two tokens of its own when the config says mm_use_im_start_end. */
export type ImageMarking = "plain" | "startEnd";

/** The tokens around an image with `mm_use_im_start_end`. */
const IMAGE_START = "<im_start>";
const IMAGE_END = "<im_end>";

/**
 * A question about images as LLaVA writes it: each image and a line break, then the question. A question that places the images
 * itself is left as it is.
 */
export function questionAboutImage(question: string, marking: ImageMarking = "plain", images = 1): string {
  const image = marking === "plain" ? IMAGE_MARKER : IMAGE_START + IMAGE_MARKER + IMAGE_END;
  if (!question.includes(IMAGE_MARKER)) return `${image}\n`.repeat(images) + question;
  return question.replaceAll(IMAGE_MARKER, image);
}

/**
 * Reads `mm_use_im_start_end` of a LLaVA config.json; absent and null mean no.
 *
 * @throws InputError when it is set and the tokenizer lacks the two tokens: their embeddings were trained with the model
 */
export function imageMarking(value: unknown, vocabulary: TokenizerVocabulary, where: string): ImageMarking {
  if (value === undefined || value === null || value === false) return "plain";
  if (value !== true) {
    throw new InputError(`${where}: mm_use_im_start_end is ${showValue(value)}, expected true or false`);
  }
  const missing = [IMAGE_START, IMAGE_END].filter((token) => !vocabulary.idOfString.has(token));
  if (missing.length === 0) return "startEnd";
  throw new InputError(
    `${where}: mm_use_im_start_end is true, but the tokenizer of ${vocabulary.folder} has no ${missing.join(" and no ")}; use the tokenizer that was saved with this model`,
  );
}
