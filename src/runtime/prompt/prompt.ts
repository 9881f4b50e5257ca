/** Where an image stands in a text. */
export const IMAGE_MARKER = "<image>";

export interface Message {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** A text ready to be tokenized. */
export interface Prompt {
  readonly text: string;
  /**
   * Whether the ids that the tokenizer puts in front of a text (BOS) come before it: "once" unless the text begins with
   * them itself, "always", or "never".
   */
  readonly front: "once" | "always" | "never";
  /** Texts that end an answer besides the end-of-text tokens of the model. */
  readonly stop: readonly string[];
}

/** How LLaVA marks an image: alone, or between two tokens of its own when the config says mm_use_im_start_end. */
export type ImageMarking = "plain" | "startEnd";

/** The tokens around an image with `mm_use_im_start_end`. */
export const IMAGE_START = "<im_start>";
export const IMAGE_END = "<im_end>";

/**
 * A question about an image as LLaVA writes it: the image, a line break, the question. A question that places the image
 * itself is left as it is.
 */
export function questionAboutImage(question: string, marking: ImageMarking = "plain"): string {
  const image = marking === "plain" ? IMAGE_MARKER : IMAGE_START + IMAGE_MARKER + IMAGE_END;
  if (!question.includes(IMAGE_MARKER)) return `${image}\n${question}`;
  return question.replaceAll(IMAGE_MARKER, image);
}
